-- Webhooks: endpoints of organisations, what is to be delivered to them, and every attempt.

create table engine.webhook_endpoint (
    id           uuid not null,
    organisation integer not null,
    url          text not null,
    description  text not null,
    event_types  text[] not null,
    -- Sealed under the master key.
    secret       bytea not null,
    -- Signs too until then.
    previous_secret bytea,
    previous_until  timestamptz,
    -- Failed attempts since the last that succeeded, and since when there are such.
    failures      integer not null default 0,
    failing_since timestamptz,
    -- Nothing is sent before, because the last attempt failed.
    resume_at     timestamptz,
    -- Nothing is sent since, and why.
    disabled_at     timestamptz,
    disabled_reason text,
    created_by   text not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    constraint webhook_endpoint_pkey primary key (organisation, id),
    constraint webhook_endpoint_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint webhook_endpoint_previous_check check ((previous_secret is null) = (previous_until is null)),
    constraint webhook_endpoint_disabled_check check ((disabled_at is null) = (disabled_reason is null)),
    constraint webhook_endpoint_failing_check check ((failures = 0) = (failing_since is null))
);

-- Written in the transaction of what is reported, and kept for 30 days.
create table engine.webhook_delivery (
    id           uuid not null,
    organisation integer not null,
    endpoint     uuid not null,
    event_type   text not null,
    -- The person that it is about, if it is about one: erasing them erases it.
    person       uuid,
    -- The message's body, as it is signed.
    message      text not null,
    status       text not null default 'pending',
    -- Attempts since it was created or last replayed, and how often it was replayed.
    tries        integer not null default 0,
    replays      integer not null default 0,
    -- The next attempt; none unless it is pending.
    due_at       timestamptz,
    created_at   timestamptz not null,
    finished_at  timestamptz,
    constraint webhook_delivery_pkey primary key (organisation, id),
    constraint webhook_delivery_endpoint_fkey foreign key (organisation, endpoint)
        references engine.webhook_endpoint (organisation, id) on delete cascade,
    constraint webhook_delivery_status_check check (status in ('pending', 'delivered', 'failed', 'cancelled')),
    constraint webhook_delivery_due_check check ((status = 'pending') = (due_at is not null)),
    constraint webhook_delivery_finished_check check ((status = 'pending') = (finished_at is null))
);
create index webhook_delivery_due_idx on engine.webhook_delivery (organisation, endpoint, due_at)
    where status = 'pending';
create index webhook_delivery_endpoint_idx on engine.webhook_delivery (organisation, endpoint, id);
create index webhook_delivery_status_idx on engine.webhook_delivery (organisation, endpoint, status, id);
create index webhook_delivery_person_idx on engine.webhook_delivery (organisation, person)
    where person is not null;
create index webhook_delivery_created_at_idx on engine.webhook_delivery (created_at);

create table engine.webhook_attempt (
    organisation integer not null,
    delivery     uuid not null,
    number       integer not null,
    at           timestamptz not null,
    duration_ms  integer not null,
    -- Of the answer, if there was one, and its first kibibyte as text.
    status_code  integer,
    response     text,
    -- Why there was none, or not all of it.
    error        text,
    constraint webhook_attempt_pkey primary key (organisation, delivery, number),
    constraint webhook_attempt_delivery_fkey foreign key (organisation, delivery)
        references engine.webhook_delivery (organisation, id) on delete cascade,
    constraint webhook_attempt_response_check check (octet_length(response) <= 1024)
);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['webhook_endpoint', 'webhook_delivery', 'webhook_attempt'] loop
        execute format('alter table engine.%I enable row level security', tenant_table);
        execute format(
            'create policy tenant on engine.%I to tessera_tenant
             using ((organisation = engine.current_organisation()) is true)
             with check (organisation = engine.current_organisation())', tenant_table);
        execute format('grant select, insert, update, delete on engine.%I to tessera_tenant', tenant_table);
    end loop;
end $$;
