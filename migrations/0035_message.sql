-- Messages to people: what was to be said, whether it was, and to whom nothing may be.

alter table engine.rule_set drop constraint rule_set_kind_check;
alter table engine.rule_set add constraint rule_set_kind_check
    check (kind in ('event_registry', 'scoring_model', 'price_book', 'funnel', 'segment', 'channel_rules',
                    'metric', 'experiment', 'journey', 'template'));

-- From whom an organisation's mail comes.
create table engine.mail_sender (
    organisation   integer not null,
    from_name      text not null,
    from_address   text not null,
    reply_to       text,
    postal_address text,
    -- Of the DKIM key: where its record is, and the key itself, sealed.
    dkim_selector  text not null,
    dkim_domain    text not null,
    dkim_record    text not null,
    dkim_key       bytea not null,
    -- When its first mail was accepted.
    first_sent_at  timestamptz,
    updated_by     text not null,
    updated_at     timestamptz not null default now(),
    constraint mail_sender_pkey primary key (organisation),
    constraint mail_sender_organisation_fkey foreign key (organisation) references engine.organisation
);

create table engine.delivery_policy (
    organisation integer not null,
    policy       jsonb not null,
    updated_by   text not null,
    updated_at   timestamptz not null default now(),
    constraint delivery_policy_pkey primary key (organisation),
    constraint delivery_policy_organisation_fkey foreign key (organisation) references engine.organisation
);

create table engine.outbound_message (
    id           uuid not null,
    organisation integer not null,
    person       uuid not null,
    template     text not null,
    version      integer not null,
    channel      text not null,
    purpose      text not null,
    topic        text not null,
    priority     smallint not null,
    on_uncertain text not null,
    -- What caused it, so that nothing causes it twice.
    cause        text not null,
    -- The run of a journey that sends it.
    run          uuid,
    -- The arms that it is written with, by the keys of their experiments.
    arms         jsonb not null default '{}',
    -- Properties of the event that caused it.
    context      jsonb not null default '{}',
    status       text not null default 'intended',
    -- Why it is in its status, where that is not plain.
    reason       text,
    attempts     integer not null default 0,
    -- From when on it may be sent.
    due_at       timestamptz not null,
    first_due_at timestamptz not null,
    -- Of the attempt under way, and until when it may be.
    attempt      uuid,
    lease_until  timestamptz,
    -- Of the address that it was last sent to.
    address      bytea,
    sent_at      timestamptz,
    -- The last answer of the mail server.
    response     text,
    created_at   timestamptz not null default now(),
    constraint outbound_message_pkey primary key (organisation, id),
    constraint outbound_message_cause_key unique (organisation, cause),
    constraint outbound_message_person_fkey foreign key (organisation, person) references engine.person (organisation, id),
    constraint outbound_message_status_check
        check (status in ('intended', 'sending', 'sent', 'delivered', 'uncertain', 'failed')),
    constraint outbound_message_sending_check check ((status = 'sending') = (attempt is not null))
) with (fillfactor = 80);
create index outbound_message_due_idx on engine.outbound_message (organisation, priority desc, due_at, id)
    where status = 'intended';
create index outbound_message_sending_idx on engine.outbound_message (organisation, lease_until)
    where status = 'sending';
create index outbound_message_person_idx on engine.outbound_message (person, id);
create index outbound_message_sent_idx on engine.outbound_message (organisation, sent_at)
    where sent_at is not null and channel = 'mail';

-- Every status that a message has had, and since when.
create table engine.message_transition (
    id           bigint generated always as identity,
    organisation integer not null,
    message      uuid not null,
    status       text not null,
    reason       text,
    at           timestamptz not null default clock_timestamp(),
    constraint message_transition_pkey primary key (organisation, message, id),
    constraint message_transition_message_fkey foreign key (organisation, message)
        references engine.outbound_message (organisation, id) on delete cascade
);

-- Each change of a message's status leaves a transition, so that none is forgotten.
create function engine.note_message_transition() returns trigger language plpgsql as $$
begin
    insert into engine.message_transition (organisation, message, status, reason)
    values (new.organisation, new.id, new.status, new.reason);
    return null;
end $$;
create trigger outbound_message_noted_first after insert on engine.outbound_message
    for each row execute function engine.note_message_transition();
create trigger outbound_message_noted after update on engine.outbound_message
    for each row when (old.status is distinct from new.status or old.reason is distinct from new.reason)
    execute function engine.note_message_transition();

-- What a message's links lead to, by the digests of their tokens.
create table engine.message_token (
    digest       bytea not null,
    organisation integer not null,
    message      uuid not null,
    -- choose: what the person wants to be sent; bounce: the address that reports go to; link: a page; open: a
    -- picture that was loaded.
    kind         text not null,
    -- Where a link leads.
    target       text,
    constraint message_token_pkey primary key (digest),
    constraint message_token_message_fkey foreign key (organisation, message)
        references engine.outbound_message (organisation, id) on delete cascade,
    constraint message_token_kind_check check (kind in ('choose', 'bounce', 'link', 'open')),
    constraint message_token_target_check check ((kind = 'link') = (target is not null)),
    constraint message_token_digest_check check (octet_length(digest) = 32)
);
create index message_token_message_idx on engine.message_token (organisation, message);

-- Addresses to which nothing is sent, by digest: they outlive the people whose they were.
create table engine.suppression (
    organisation integer not null,
    digest       bytea not null,
    reason       text not null,
    created_by   text not null,
    created_at   timestamptz not null default now(),
    constraint suppression_pkey primary key (organisation, digest),
    constraint suppression_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint suppression_reason_check check (reason in ('hard_bounce', 'complaint', 'unsubscribed', 'manual')),
    constraint suppression_digest_check check (octet_length(digest) = 32)
);

-- Topics that are not wanted at an address.
create table engine.topic_refusal (
    organisation integer not null,
    digest       bytea not null,
    topic        text not null,
    created_at   timestamptz not null default now(),
    constraint topic_refusal_pkey primary key (organisation, digest, topic),
    constraint topic_refusal_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint topic_refusal_digest_check check (octet_length(digest) = 32)
);

-- What a person finds where they are signed in.
create table engine.inbox_message (
    organisation integer not null,
    message      uuid not null,
    person       uuid not null,
    -- Null in what a wallet shows.
    title        text,
    body         text not null,
    action_url   text,
    created_at   timestamptz not null default now(),
    read_at      timestamptz,
    constraint inbox_message_pkey primary key (organisation, message),
    constraint inbox_message_message_fkey foreign key (organisation, message)
        references engine.outbound_message (organisation, id) on delete cascade
);
create index inbox_message_person_idx on engine.inbox_message (person, message);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['mail_sender', 'delivery_policy', 'outbound_message', 'message_transition',
        'message_token', 'suppression', 'topic_refusal', 'inbox_message'] loop
        execute format('alter table engine.%I enable row level security', tenant_table);
        execute format(
            'create policy tenant on engine.%I to tessera_tenant
             using ((organisation = engine.current_organisation()) is true)
             with check (organisation = engine.current_organisation())', tenant_table);
        execute format('grant select, insert, update, delete on engine.%I to tessera_tenant', tenant_table);
    end loop;
end $$;
