-- Everything that happens later, in one table: written in the transaction that causes it, taken by
-- workers with a lease, gone in the transaction that has done it. Nobody polls organisations.

create table engine.work (
    id           bigint generated always as identity,
    kind         text not null,
    -- What it is about: there is one work of a kind about a thing at a time.
    key          text not null,
    -- Null is the installation's.
    organisation integer,
    payload      jsonb not null default '{}',
    -- Null until the network's clock, as far as it is final, shows `network_due_at`, Unix seconds.
    due_at       timestamptz,
    network_due_at bigint,
    -- Grows when it is scheduled again, so that what was scheduled while it was done is not lost.
    version      integer not null default 1,
    -- How often it was taken since it last succeeded; also which taking may finish it.
    attempts     integer not null default 0,
    lease_until  timestamptz,
    -- Why the last attempt failed.
    problem      text,
    -- Since when nobody tries it any more.
    buried_at    timestamptz,
    created_at   timestamptz not null default now(),
    constraint work_pkey primary key (id),
    constraint work_kind_key_key unique (kind, key),
    constraint work_organisation_fkey foreign key (organisation)
        references engine.organisation on delete cascade,
    constraint work_due_check check (due_at is not null or network_due_at is not null)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
-- When it can be taken.
create index work_ready_idx on engine.work (greatest(due_at, lease_until))
    where due_at is not null and buried_at is null;
create index work_network_due_at_idx on engine.work (network_due_at) where due_at is null;

alter table engine.work enable row level security;
create policy tenant on engine.work to tessera_tenant
    using (organisation = engine.current_organisation())
    with check (organisation = engine.current_organisation());
grant select, insert, update, delete on engine.work to tessera_tenant;

-- What is under way is gone on with.
insert into engine.work (kind, key, due_at) values ('housekeeping', '', now()), ('verify', '', now());
insert into engine.work (kind, key, organisation, due_at)
select kind, id::text, id, now()
from engine.organisation cross join unnest(array['chain_feed', 'past_due', 'build']) kind;

-- When the grace of a plan's next payments ends.
create index subscription_plan_grace_end_idx on subscription (plan, (next_due + grace_secs))
    where state in (1, 2, 3) and not closed;
