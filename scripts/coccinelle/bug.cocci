// SPDX-License-Identifier: GPL-2.0
// Nothing here may stop the kernel: a peer, or Xen, could make it happen.

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
print(f"{p[0].file}:{p[0].line}: BUG or panic: return an error instead")
