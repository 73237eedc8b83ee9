alter table engine.outbound_message
    -- Of the domain that its mail goes to, under the organisation's key: some domains are one person's.
    add column domain bytea,
    -- When it was last claimed.
    add column claimed_at timestamptz;
create index outbound_message_domain_idx on engine.outbound_message (organisation, domain, claimed_at)
    where claimed_at is not null;
create index outbound_message_waiting_idx on engine.outbound_message (organisation, domain, priority, due_at)
    where status = 'intended' and reason = 'domain_rate';

-- Grows from message to message as they come; an organisation's are committed in their order, so a reader that
-- has seen one has seen all before it.
alter table engine.inbox_message add column arrival bigint generated always as identity;
create index inbox_message_arrival_idx on engine.inbox_message (person, arrival);

-- Lists of people that were exported for advertising: who asked for which, and how many people were in it.
create table engine.audience_export (
    -- That of the job which makes it.
    id           uuid not null,
    organisation integer not null,
    segment      text not null,
    format       text not null,
    created_by   text not null,
    created_at   timestamptz not null default now(),
    -- How many people are in it; null until it is there, and when none came of it.
    people       integer,
    -- The file, sealed, for as long as it can be read.
    sealed       bytea,
    constraint audience_export_pkey primary key (organisation, id),
    constraint audience_export_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint audience_export_sealed_check check (sealed is null or people is not null)
);
create index audience_export_sealed_idx on engine.audience_export (created_at) where sealed is not null;
alter table engine.audience_export enable row level security;
create policy tenant on engine.audience_export to tessera_tenant
    using ((organisation = engine.current_organisation()) is true)
    with check (organisation = engine.current_organisation());
grant select, insert, update, delete on engine.audience_export to tessera_tenant;
