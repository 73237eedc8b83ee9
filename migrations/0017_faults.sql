-- A number for each taking of a piece of work, which never falls. `attempts`, which named the taking
-- until now, is set back when work goes on, so that two takings could have the same.
alter table engine.work add column taking bigint not null default 0;
