-- What a stranger with the key of a page can do: take nobody's Idempotency-Key, and fill nothing.

-- A key is its caller's own; of the answers that are kept, nobody knows whose they are.
delete from engine.idempotency;
alter table engine.idempotency drop constraint idempotency_pkey;
alter table engine.idempotency
    -- The API key or wallet, as it is written into records.
    add column caller text not null,
    add constraint idempotency_pkey primary key (organisation, caller, key);

-- The same refused message is kept once.
alter table engine.dead_letter
    -- Of the message and the reason, keyed by organisation.
    add column digest uuid not null default gen_random_uuid();
alter table engine.dead_letter
    add constraint dead_letter_organisation_digest_key unique (organisation, digest);

-- What of a day's quota has been handed out to processes, which use it up in memory.
create table engine.quota_use (
    organisation integer not null,
    -- 'organisation', or the API key as it is written into records.
    holder       text not null,
    -- UTC, days since 1970.
    day          integer not null,
    events       bigint not null,
    bytes        bigint not null,
    constraint quota_use_pkey primary key (organisation, holder, day),
    constraint quota_use_organisation_fkey
        foreign key (organisation) references engine.organisation
);
create index quota_use_day_idx on engine.quota_use (day);

grant select, insert, update, delete on engine.quota_use to tessera_tenant;
alter table engine.quota_use enable row level security;
create policy tenant on engine.quota_use to tessera_tenant
    using (organisation = engine.current_organisation())
    with check (organisation = engine.current_organisation());
