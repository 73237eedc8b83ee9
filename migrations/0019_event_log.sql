-- The event log by months, so that a month that is no longer kept goes as a whole; and the keys of
-- messages in a table of their own, because what is unique in a partitioned table holds the moment.

-- A message counts once. Its event has the same key until its person is erased.
create table engine.message (
    -- From the sender's message_id.
    message_key  uuid not null,
    -- Of the message's content, to tell a repetition from a reused message_id.
    body_hash    uuid not null,
    organisation integer not null,
    -- UTC day, days since 1970, from which the key may be forgotten, because a message that repeats
    -- it is refused for its age; null is never.
    forget_on    integer,
    constraint message_pkey primary key (organisation, message_key)
);
create index message_forget_on_idx on engine.message (forget_on) where forget_on is not null;

grant select, insert, update, delete on engine.message to tessera_tenant;
alter table engine.message enable row level security;
create policy tenant on engine.message to tessera_tenant
    using (organisation = engine.current_organisation())
    with check (organisation = engine.current_organisation());

alter table engine.event rename to event_before;
alter table engine.event_before rename constraint event_pkey to event_before_pkey;
alter table engine.event_before rename constraint event_source_check to event_before_source_check;
alter index engine.event_organisation_person_at_idx rename to event_before_organisation_person_at_idx;
alter sequence engine.event_position_seq rename to event_before_position_seq;

-- The stream. `person` is who it happened to when it came; merges do not rewrite it.
create table engine.event (
    position     bigint generated always as identity,
    at           timestamptz not null,
    received_at  timestamptz not null,
    organisation integer not null,
    person       uuid not null,
    -- The message's, or a random one once the person is erased.
    message_key  uuid not null,
    name         text not null,
    source       text not null,
    properties   jsonb not null,
    -- Also the way to a person's events in their order: one index instead of two.
    constraint event_pkey primary key (organisation, person, at, position),
    constraint event_source_check check (source in ('client', 'chain', 'engine'))
) partition by range (at);

-- Rights and policies are those of the parent. Nobody has rights to a part, and a part whose policies
-- were asked would show nothing.
grant select, insert, update, delete on engine.event to tessera_tenant;
alter table engine.event enable row level security;
create policy tenant on engine.event to tessera_tenant
    using (organisation = engine.current_organisation())
    with check (organisation = engine.current_organisation());

-- Moments outside of the months that have a part: before the first one, and of a network whose clock
-- is ahead by months.
create table engine.event_default partition of engine.event default;
alter table engine.event_default enable row level security;

-- Makes a part for the month that begins on `month`, with what the default part holds of it. False
-- when a reader holds the default part for longer than writers should wait: try again later.
create function engine.open_event_month(month date) returns boolean
language plpgsql set lock_timeout = '2s' as $$
declare
    part text := to_char(month, '"event_"YYYY_MM');
    begins_at timestamptz := month::timestamp at time zone 'UTC';
    ends_at timestamptz := (month + interval '1 month') at time zone 'UTC';
begin
    if to_regclass('engine.' || part) is not null then
        return true;
    end if;
    lock table engine.event_default in access exclusive mode;
    execute format(
        'create table engine.%I (like engine.event including constraints including indexes)', part);
    execute format('alter table engine.%I enable row level security', part);
    execute format(
        'with moved as (delete from engine.event_default where at >= %L and at < %L returning *)
         insert into engine.%I select * from moved', begins_at, ends_at, part);
    -- Other than `create table ... partition of`, this lets writers into the other parts go on.
    execute format(
        'alter table engine.event attach partition engine.%I for values from (%L) to (%L)',
        part, begins_at, ends_at);
    return true;
exception when lock_not_available then
    return false;
end $$;

-- Takes the part of a month out of the log; false as above. Nothing is read under the lock, which
-- all writers wait for.
create function engine.detach_event_month(month date) returns boolean
language plpgsql set lock_timeout = '2s' as $$
declare
    part text := to_char(month, '"event_"YYYY_MM');
begin
    if exists (select from pg_inherits where inhparent = 'engine.event'::regclass
                                         and inhrelid = to_regclass('engine.' || part)) then
        execute format('alter table engine.event detach partition engine.%I', part);
    end if;
    return true;
exception when lock_not_available then
    return false;
end $$;

-- Drops a part that was taken out. What came into it at the last moment is put back into the log,
-- where the default part takes it.
create function engine.drop_event_month(month date) returns void language plpgsql as $$
declare
    part text := to_char(month, '"event_"YYYY_MM');
begin
    execute format(
        'insert into engine.event overriding system value select * from engine.%I', part);
    execute format('drop table engine.%I', part);
end $$;
revoke execute on function engine.open_event_month, engine.detach_event_month, engine.drop_event_month
    from public;

-- From the first month that holds anything, of three years, or in which a message that is accepted
-- today can lie, to three months ahead.
select engine.open_event_month(month::date)
from generate_series(
    date_trunc('month', greatest(
        least((select min(at) from engine.event_before) at time zone 'UTC',
              now() at time zone 'UTC' - interval '90 days'),
        now() at time zone 'UTC' - interval '36 months')),
    date_trunc('month', now() at time zone 'UTC') + interval '3 months', interval '1 month') month;

insert into engine.event
    (position, at, received_at, organisation, person, message_key, name, source, properties)
overriding system value
select position, at, received_at, organisation, person, message_key, name, source, properties
from engine.event_before order by position;
select setval(pg_get_serial_sequence('engine.event', 'position'),
              coalesce((select max(position) from engine.event_before), 0) + 1, false);

-- The keys that erasing has put in place of others are random, so not of version 8, and name no
-- message. What the chain says is fed again whenever the mirror is filled again, however old it is.
insert into engine.message (message_key, body_hash, organisation, forget_on)
select message_key, body_hash, organisation,
       case when source <> 'chain'
            then extract(epoch from received_at + interval '90 days 10 minutes')::bigint / 86400 + 2 end
from engine.event_before
where substr(message_key::text, 15, 1) = '8'
order by organisation, message_key;

drop table engine.event_before;
analyze engine.event;

-- The worker keeps the months ready.
insert into engine.work (kind, key, due_at) values ('event_log', '', now());
