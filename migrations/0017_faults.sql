-- A number for each taking of a piece of work, which never falls. `attempts`, which named the taking
-- until now, is set back when work goes on, so that two takings could have the same.
alter table engine.work add column taking bigint not null default 0;

-- Work that is given up is finished, so none is kept that nobody tries.
delete from engine.work where buried_at is not null;
alter table engine.work drop column buried_at;
create index work_ready_idx on engine.work (greatest(due_at, lease_until)) where due_at is not null;
