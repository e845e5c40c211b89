// SPDX-License-Identifier: GPL-2.0
// Counters in shared memory are read once, into a local.

virtual report

@plain@
expression shared;
identifier counter =~ "^(req|rsp|in|out)_(prod|cons|event)$";
identifier local;
type T;
position p;
@@
(
T local = shared->counter@p;
|
local = shared->counter@p;
)

@script:python depends on report@
p << plain.p;
@@
print(f"{p[0].file}:{p[0].line}: shared counter read without READ_ONCE()")
