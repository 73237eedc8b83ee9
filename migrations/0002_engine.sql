-- The sales engine's own record, in a schema of its own: the mirror (schema public) can be emptied
-- and rebuilt from the chain, this cannot. Every table but those of sign-in belongs to an
-- organisation, and row-level security shows a tenant's role only that organisation's rows.

create schema engine;

-- Roles belong to the whole server, so another database may have made this one already.
do $$ begin
    create role tessera_tenant nologin;
exception when duplicate_object or unique_violation then
    null;
end $$;
do $$ begin
    if not pg_has_role(current_user, 'tessera_tenant', 'member') then
        execute format('grant tessera_tenant to %I', current_user);
    end if;
end $$;

-- The organisation that this transaction acts for; null is none, which sees nothing.
create function engine.current_organisation() returns integer language sql stable as
    $$ select nullif(current_setting('tessera.organisation', true), '')::integer $$;

-- A tenant, bound to its on-chain Org by a signature of the Org's authority.
create table engine.organisation (
    id                   integer generated always as identity primary key,
    org                  pubkey not null unique,
    name                 text not null,
    -- Where referral links lead; null until it is set.
    referral_destination text,
    -- Grows when what arriving events are applied to changes: models, funnels, the registry.
    revision             bigint not null default 1,
    -- Up to when, by the network's clock in Unix seconds, missed payments are in the stream.
    past_due_through     bigint not null default 0,
    -- Position in the mirror up to which chain events are in the stream.
    chain_position       bigint not null default 0,
    created_at           timestamptz not null default now()
);

create table engine.api_key (
    id           uuid primary key,
    organisation integer not null references engine.organisation,
    name         text not null,
    kind         text not null check (kind in ('write', 'read', 'admin')),
    scopes       text[] not null,
    -- First characters of the key, to recognise it by.
    prefix       text not null,
    -- SHA-256 of the key, which is shown once and kept nowhere.
    hash         bytea not null unique check (octet_length(hash) = 32),
    created_by   text not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    revoked_at   timestamptz
);
create index api_key_organisation on engine.api_key (organisation, id);

create table engine.role_grant (
    organisation integer not null references engine.organisation,
    wallet       pubkey not null,
    role         text not null check (role in ('owner', 'sales', 'analyst', 'auditor')),
    granted_by   text not null,
    granted_at   timestamptz not null default now(),
    primary key (organisation, wallet)
);

create table engine.sign_in_nonce (
    nonce      text primary key,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index sign_in_nonce_expiry on engine.sign_in_nonce (expires_at);

create table engine.session (
    -- SHA-256 of the token.
    hash         bytea primary key check (octet_length(hash) = 32),
    wallet       pubkey not null,
    -- The organisation that the wallet acts in; null before there is one.
    organisation integer references engine.organisation,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    revoked_at   timestamptz
);

-- What a POST answered, for whoever repeats it under the same key.
create table engine.idempotency (
    organisation integer not null references engine.organisation,
    key          text not null,
    -- SHA-256 of caller, method, path and body.
    request_hash bytea not null check (octet_length(request_hash) = 32),
    -- Null only inside the transaction that answers.
    status       smallint,
    -- Sealed, because some answers show a secret.
    body         bytea,
    created_at   timestamptz not null default now(),
    primary key (organisation, key)
);
create index idempotency_age on engine.idempotency (created_at);

-- Versioned rules: event registries, scoring models, price books. A version never changes.
create table engine.rule_set (
    organisation integer not null references engine.organisation,
    kind         text not null check (kind in ('event_registry', 'scoring_model', 'price_book')),
    version      integer not null check (version > 0),
    body         jsonb not null,
    -- draft -> building -> published -> retired -> building; one of each kind is published, and at
    -- most one is being built.
    status       text not null check (status in ('draft', 'building', 'published', 'retired')),
    created_by   text not null,
    created_at   timestamptz not null default now(),
    published_at timestamptz,
    primary key (organisation, kind, version)
);
create unique index rule_set_published on engine.rule_set (organisation, kind) where status = 'published';
create unique index rule_set_building on engine.rule_set (organisation, kind) where status = 'building';

-- Somebody, known by identifiers. `canonical` is who they are after all merges: themselves, or the
-- person whom they were merged into. Facts about people hang on the canonical person.
create table engine.person (
    id           uuid primary key,
    organisation integer not null references engine.organisation,
    canonical    uuid not null,
    -- Whether any identifier says more than "this browser".
    identified   boolean not null default false,
    -- What rules may read: segment, country, size.
    traits       jsonb not null default '{}',
    -- Personal traits, sealed under the person's own key; erasing the key erases them.
    sealed       bytea,
    -- The person's key, wrapped; null before there is anything to seal.
    data_key     bytea,
    first_seen   timestamptz not null,
    last_seen    timestamptz not null,
    created_at   timestamptz not null default now()
);
create index person_canonical on engine.person (organisation, canonical);

-- What a person is known by. The digest is keyed by organisation, so it says nothing elsewhere.
create table engine.identifier (
    organisation integer not null references engine.organisation,
    kind         text not null check (kind in ('anonymous', 'user', 'email', 'wallet')),
    digest       bytea not null check (octet_length(digest) = 32),
    person       uuid not null references engine.person,
    -- The value itself, sealed under the person's key; null for what was never worth keeping.
    sealed       bytea,
    created_at   timestamptz not null default now(),
    primary key (organisation, kind, digest)
);
create index identifier_person on engine.identifier (person);

-- Merges of persons; an undone one has no effect.
create table engine.merge (
    id           uuid primary key,
    organisation integer not null references engine.organisation,
    winner       uuid not null references engine.person,
    loser        uuid not null references engine.person,
    reason       text not null,
    actor        text not null,
    merged_at    timestamptz not null default now(),
    undone_at    timestamptz
);
create unique index merge_loser on engine.merge (loser) where undone_at is null;
create index merge_winner on engine.merge (winner);
create index merge_ever_loser on engine.merge (loser);

-- The stream. `person` is who it happened to when it came; merges do not rewrite it.
create table engine.event (
    position     bigint generated always as identity primary key,
    organisation integer not null,
    person       uuid not null,
    -- From the sender's message_id: a message counts once.
    message_key  uuid not null,
    -- Of the message's content, to tell a repetition from a reused message_id.
    body_hash    uuid not null,
    name         text not null,
    at           timestamptz not null,
    received_at  timestamptz not null,
    source       text not null check (source in ('client', 'chain', 'engine')),
    properties   jsonb not null,
    unique (organisation, message_key)
);
create index event_person on engine.event (organisation, person, at);

-- Messages that were refused, and why.
create table engine.dead_letter (
    id           bigint generated always as identity primary key,
    organisation integer not null references engine.organisation,
    received_at  timestamptz not null default now(),
    message_id   text,
    code         text not null,
    field        text not null,
    rule         text not null,
    -- The beginning of the item as it came.
    item         bytea not null
);
create index dead_letter_organisation on engine.dead_letter (organisation, id);

-- How many events of a name happened on a UTC day (days since 1970).
create table engine.event_count (
    organisation integer not null references engine.organisation,
    day          integer not null,
    name         text not null,
    events       bigint not null,
    primary key (organisation, day, name)
);

-- A person's score under a model, and what it is computed from. Thousandths of a point.
create table engine.score (
    organisation integer not null,
    model        integer not null,
    person       uuid not null,
    state        bytea not null,
    points_milli bigint not null,
    -- The last event that it knows; decay goes on from there.
    scored_at    timestamptz not null,
    primary key (organisation, model, person)
);
create index score_order on engine.score (organisation, model, points_milli desc, person);

-- A funnel whose answers are kept current as events arrive.
create table engine.funnel (
    id           integer generated always as identity primary key,
    organisation integer not null references engine.organisation,
    name         text not null,
    definition   jsonb not null,
    -- building -> live -> removed; what was kept for a removed one goes in the background.
    status       text not null check (status in ('building', 'live', 'removed')),
    created_by   text not null,
    created_at   timestamptz not null default now()
);
create unique index funnel_name on engine.funnel (organisation, name) where status <> 'removed';

-- What a funnel needs to know of a person, and where it puts them.
create table engine.funnel_person (
    organisation integer not null,
    funnel       integer not null references engine.funnel on delete cascade,
    person       uuid not null,
    -- As the reducer encodes them.
    hits         bytea not null,
    -- Steps that the credited attempt took; 0 is no attempt.
    level        smallint not null,
    -- UTC day of its first step, days since 1970; and its breakdown value, empty for none.
    day          integer not null,
    breakdown    text not null,
    primary key (funnel, person)
);
create index funnel_person_level on engine.funnel_person (funnel, level, person);

-- Sums of the credited attempts by first day and breakdown value, one row a measure. What a funnel
-- answers is read from here, so it costs the same however many events and people there are.
create table engine.funnel_count (
    organisation integer not null,
    funnel       integer not null references engine.funnel on delete cascade,
    day          integer not null,
    breakdown    text not null,
    measure      integer not null,
    amount       bigint not null,
    primary key (funnel, day, breakdown, measure)
);

create table engine.deal (
    id           uuid primary key,
    organisation integer not null references engine.organisation,
    person       uuid not null references engine.person,
    name         text not null,
    stage        text not null,
    amount       numeric not null check (amount >= 0),
    currency     text not null,
    owner        pubkey,
    -- What was found out about it: objections, solutions, barriers.
    particulars  jsonb not null,
    version      integer not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    closed_at    timestamptz
);
create index deal_organisation on engine.deal (organisation, id);
create index deal_person on engine.deal (person);

create table engine.stage_transition (
    deal         uuid not null references engine.deal,
    version      integer not null,
    organisation integer not null,
    from_stage   text,
    to_stage     text not null,
    actor        text not null,
    at           timestamptz not null,
    primary key (deal, version)
);
create index stage_transition_stage on engine.stage_transition (organisation, to_stage, at);

-- What was spent to win customers, in whole units of the currency.
create table engine.spend (
    -- Breaks ties in lists.
    id           bigint generated always as identity,
    organisation integer not null references engine.organisation,
    day          date not null,
    channel      text not null,
    currency     text not null,
    amount       numeric not null check (amount >= 0),
    primary key (organisation, day, channel, currency)
);
create unique index spend_order on engine.spend (organisation, day, id);

-- An offer with a real end: an expiry, a stock, or both.
create table engine.offer (
    organisation integer not null references engine.organisation,
    code         text not null,
    body         jsonb not null,
    ends_at      timestamptz,
    stock        bigint check (stock > 0),
    created_by   text not null,
    published_at timestamptz not null,
    withdrawn_at timestamptz,
    primary key (organisation, code),
    check (ends_at is not null or stock is not null)
);

-- A price that was promised until a deadline. It never changes.
create table engine.quote (
    id           uuid primary key,
    organisation integer not null references engine.organisation,
    wallet       pubkey,
    plan         pubkey,
    price_book   integer not null,
    -- The offer whose reduction is in the price.
    offer        text,
    -- In the mint's smallest unit; null without a plan.
    price_units  u64,
    breakdown    jsonb not null,
    -- Who signed the quote for the chain; null without a wallet and a plan.
    signer       pubkey,
    signature    bytea check (octet_length(signature) = 64),
    -- Whole seconds, as the chain counts.
    deadline     timestamptz not null,
    created_by   text not null,
    created_at   timestamptz not null,
    accepted_at  timestamptz,
    check ((signer is null) = (signature is null)),
    foreign key (organisation, offer) references engine.offer (organisation, code)
);
create index quote_organisation on engine.quote (organisation, id);
create index quote_wallet on engine.quote (organisation, wallet, id);
create index quote_offer on engine.quote (organisation, offer) where offer is not null;

-- How many customers hold an offer at a moment, without those of `but_wallet` and `but_quote`. A
-- customer is a wallet, or a quote that names none. A quote holds it when it was accepted, when it
-- was used on chain, and as long as it can be: until its deadline and two minutes more, in which a
-- network whose clock is late may still take it and the mirror learns so. A mirror that is behind
-- cannot tell yet, so the place is kept until its clock has passed the deadline too.
create function engine.offer_taken(
    of_offer text, at timestamptz, but_wallet pubkey, but_quote uuid
) returns bigint language sql stable as $$
    select count(distinct coalesce(encode(quote.wallet, 'hex'), quote.id::text))
    from engine.quote
    where quote.organisation = engine.current_organisation() and quote.offer = of_offer
      and (but_wallet is null or quote.wallet is distinct from but_wallet)
      and quote.id is distinct from but_quote
      and (quote.accepted_at is not null
           or quote.deadline > at - interval '2 minutes'
           or (quote.signature is not null
               and exists (select from public.cursor
                           where not caught_up or to_timestamp(tip_at) <= quote.deadline))
           or exists (
               select from public.subscription
               join public.event on event.account = subscription.address
               join public.charge on charge.position = event.position
               where subscription.plan = quote.plan and subscription.wallet = quote.wallet
                 and event.kind = 'Subscribed' and charge.debit = quote.price_units
                 and to_timestamp(event.at) between quote.created_at - interval '2 minutes'
                                                and quote.deadline))
$$;

-- Predictive models, each with its report on held-out outcomes.
create table engine.prediction_model (
    organisation integer not null references engine.organisation,
    version      integer not null,
    model        jsonb not null,
    report       jsonb not null,
    created_by   text not null,
    trained_at   timestamptz not null default now(),
    primary key (organisation, version)
);

create index code_code on code (code) where not closed;

-- Clicks on referral links that say nothing about who clicked.
create table engine.click_count (
    organisation integer not null references engine.organisation,
    code         text not null,
    day          integer not null,
    people       bigint not null default 0,
    machines     bigint not null default 0,
    primary key (organisation, code, day)
);

grant usage on schema engine to tessera_tenant;
grant select on all tables in schema public to tessera_tenant;
grant select, insert, update, delete on all tables in schema engine to tessera_tenant;
revoke all on engine.sign_in_nonce, engine.session from tessera_tenant;

alter table engine.organisation enable row level security;
create policy tenant on engine.organisation to tessera_tenant
    using (id = engine.current_organisation()) with check (id = engine.current_organisation());
do $$
declare
    tenant_table text;
begin
    for tenant_table in
        select table_name from information_schema.columns
        where table_schema = 'engine' and column_name = 'organisation' and table_name <> 'session'
    loop
        execute format('alter table engine.%I enable row level security', tenant_table);
        execute format(
            'create policy tenant on engine.%I to tessera_tenant
             using (organisation = engine.current_organisation())
             with check (organisation = engine.current_organisation())', tenant_table);
    end loop;
end $$;
