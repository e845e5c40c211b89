// SPDX-License-Identifier: GPL-2.0
// A slot of a shared ring is copied before anybody looks at it: the peer can
// change it between two reads.

virtual report

@member@
expression ring, index;
identifier what;
position p;
@@
(
RING_GET_REQUEST(ring, index)@p->what
|
RING_GET_RESPONSE(ring, index)@p->what
)

@pointer@
expression ring, index, e;
identifier slot, what;
statement S1, S2;
position p;
@@
(
slot = RING_GET_REQUEST(ring, index)
|
slot = RING_GET_RESPONSE(ring, index)
)
... when != slot = e
(
if (<+... slot@p->what ...+>) S1 else S2
|
e = <+... slot@p->what ...+>
)

@script:python depends on report@
p << member.p;
@@
print(f"{p[0].file}:{p[0].line}: ring slot read in place: use RING_COPY_*()")

@script:python depends on report@
p << pointer.p;
@@
print(f"{p[0].file}:{p[0].line}: ring slot read in place: use RING_COPY_*()")
