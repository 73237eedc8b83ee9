-- History that an organisation brings along.

-- When each trait was stated, in microseconds since 1970: the newest counts, in whatever order they come.
alter table engine.person add column trait_times jsonb not null default '{}';
-- What is known was stated before anything that comes.
update engine.person
set trait_times = (select jsonb_object_agg(name, (extract(epoch from now()) * 1000000)::bigint)
                   from jsonb_object_keys(traits) stated (name))
where traits <> '{}';

-- The event log before its first month, where history lies: one part, for each that a reader of
-- somebody's events locks has a price.
create table engine.event_past (like engine.event including constraints including indexes);
alter table engine.event_past enable row level security;
do $$
declare
    first_at timestamptz;
begin
    select min(to_date(substr(relname, 7), 'YYYY_MM'))::timestamp at time zone 'UTC' into first_at
    from pg_class
    where relnamespace = 'engine'::regnamespace and relkind = 'r'
      and relname ~ '^event_[0-9]{4}_[0-9]{2}$';
    with moved as (delete from engine.event_default where at < first_at returning *)
    insert into engine.event_past select * from moved;
    execute format(
        'alter table engine.event attach partition engine.event_past for values from (minvalue) to (%L)',
        first_at);
end $$;

create table engine.import (
    -- Chosen by whoever brings it, or drawn.
    id           uuid not null,
    organisation integer not null,
    kind         text not null,
    -- Through which line of its file everything is done.
    lines        bigint not null default 0,
    accepted     bigint not null default 0,
    duplicate    bigint not null default 0,
    withheld     bigint not null default 0,
    rejected     bigint not null default 0,
    -- The first refusals: line, code, field and rule of each.
    errors       jsonb not null default '[]',
    -- Of the rows through `lines`, to recognise the file by.
    digest       bytea not null,
    created_by   text not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    -- When the end of the file was reached.
    finished_at  timestamptz,
    constraint import_pkey primary key (organisation, id),
    constraint import_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint import_kind_check check (kind in ('events', 'persons', 'deals', 'spend')),
    constraint import_digest_check check (octet_length(digest) = 32)
);
alter table engine.import enable row level security;
create policy tenant on engine.import to tessera_tenant
    using ((organisation = engine.current_organisation()) is true)
    with check (organisation = engine.current_organisation());
grant select, insert, update, delete on engine.import to tessera_tenant;
