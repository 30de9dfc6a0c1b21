"""Delivery: nothing lost, nothing loaded twice.

The data lake only appends. A batch holds no rows until COMPLETE and is seen as a whole; ``replay``
replaces named former batches by a new one; REVERT takes one away. On these three the protocol stands:

1.  Rows of one stream are spooled as a *unit* (:mod:`.stream`, :mod:`.unit`). It closes (:mod:`.closing`)
    only where the tap's STATE covers its last row, and then becomes exactly one AEP batch: judged in
    :mod:`.sealing`, made in :mod:`.commit`.
2.  Each batch carries in its tags (:mod:`.tags`) where its run started and where it ends: the counter
    ``seq`` and a digest of the bookmark (:mod:`.bookmark`).
3.  When a stream starts (:mod:`.opening`), the target looks for batches of its own beyond the start
    (:mod:`.timeline`): rows that landed but whose state never reached the tap, so that they are about to
    be read again. What to do about each is one pure decision (:mod:`.decision`), carried out by
    :mod:`.recovery`. Catalog's listing may lag, hence the :mod:`.ledger`.
4.  The first new batch replaces them; if no rows come this time they are reverted.
5.  Only when AEP says ``success`` and the :mod:`.books` balance, the stream's part of the state is
    emitted (:mod:`.landing`, :mod:`.composed_state`).

What it cannot tell apart: a state that is restored by hand after its rows were read anew, where both
readings end at the same time of change with the same number of rows and differ only in rows that tie there.
"""
