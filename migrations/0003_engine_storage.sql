-- Rows that are rewritten with each event keep room on their page, so that a new version of a row
-- finds place beside the old one and no index has to be written. Pages that are full already keep
-- their rows; those that fill from now on have the room.
alter table engine.person set (fillfactor = 70);
alter table engine.score set (fillfactor = 70);
alter table engine.funnel_person set (fillfactor = 50);
-- Few rows, each moved by every batch: dead versions cost every reader until they are pruned.
alter table engine.funnel_count set (
    fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
alter table engine.event_count set (fillfactor = 20);

-- While the table has no statistics, the planner takes the primary key and the order of the leads for
-- equally good ways to one person's score, and of equals the younger index; the order of the leads
-- would read all of them. So the primary key is made again.
alter table engine.score drop constraint score_pkey;
alter table engine.score add primary key (organisation, model, person);
