// SPDX-License-Identifier: GPL-2.0
// Nothing here may stop the kernel: a peer, or Xen, could make it happen. The end of
// xen.balloon_boot_timeout= is what that parameter is for.

virtual report

@bug@
position p;
@@
(
BUG@p()
|
BUG_ON@p(...)
|
panic@p(...)
)

@script:python depends on report@
p << bug.p;
@@
if not p[0].file.endswith("/balloon/start.c"):
    print(f"{p[0].file}:{p[0].line}: BUG or panic: return an error instead")
