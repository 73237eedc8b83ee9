-- The accounts and receipts that the program has for good. The mirror's tables are made again, because
-- the chain fills them; the engine's stay. Every account has a life (the slot in which it was created),
-- a payer of its rent, and receipts; an event is known by its place in a transaction, and by its number
-- within a life of its account.

drop table org, issuer, plan, member, code, authority, subscription, ledger, commission, charge, event;
truncate cursor;

create table org (
    address              pubkey primary key,
    life                 u64 not null,
    rent_payer           pubkey not null,
    receipt_seq          u64 not null,
    receipt_head         pubkey not null,
    creator              pubkey not null,
    authority            pubkey not null,
    pending_authority    pubkey,
    quote_authority      pubkey not null,
    meter_authority      pubkey,
    treasury             pubkey not null,
    id                   u64 not null,
    created_at           bigint not null,
    cluster_tag          bytea not null check (octet_length(cluster_tag) = 8),
    tier_thresholds      u64[] not null,
    tier_boosts_bps      integer[] not null,
    tier_discounts_bps   integer[] not null,
    hold_secs            bigint not null,
    points_epoch_secs    bigint not null,
    commission_bps       integer[] not null,
    pause_flags          smallint not null,
    points_expiry_epochs smallint not null,
    slot                 bigint not null,
    source               text not null,
    closed               boolean not null
);

create table issuer (
    address           pubkey primary key,
    life              u64 not null,
    rent_payer        pubkey not null,
    receipt_seq       u64 not null,
    receipt_head      pubkey not null,
    org               pubkey not null,
    key               pubkey not null,
    epoch_budget      u64 not null,
    epoch_used        u64 not null,
    epoch_started_at  bigint not null,
    highest_reference u64 not null,
    epoch_secs        bigint not null,
    slot              bigint not null,
    source            text not null,
    closed            boolean not null
);
create index issuer_org on issuer (org, address);

create table plan (
    address           pubkey primary key,
    life              u64 not null,
    rent_payer        pubkey not null,
    receipt_seq       u64 not null,
    receipt_head      pubkey not null,
    org               pubkey not null,
    mint              pubkey not null,
    token_program     pubkey not null,
    destination       pubkey not null,
    vault             pubkey not null,
    -- Who paid for the vault; null when it was not created with this plan.
    vault_rent_payer  pubkey,
    id                u64 not null,
    price             u64 not null,
    price_floor       u64 not null,
    price_ceiling     u64 not null,
    points_per_charge u64 not null,
    keeper_fee_cap    u64 not null,
    created_at        bigint not null,
    ends_at           bigint not null,
    sunset_at         bigint not null,
    period_secs       bigint not null,
    trial_secs        bigint not null,
    grace_secs        bigint not null,
    period_months     smallint not null,
    -- Bit 0: the mint may have a permanent delegate.
    flags             smallint not null,
    decimals          smallint not null,
    slot              bigint not null,
    source            text not null,
    closed            boolean not null
);
create index plan_org on plan (org, address);

create table member (
    address           pubkey primary key,
    life              u64 not null,
    rent_payer        pubkey not null,
    receipt_seq       u64 not null,
    receipt_head      pubkey not null,
    org               pubkey not null,
    wallet            pubkey not null,
    -- Nearest referrer first; null is none.
    referrer_1        pubkey,
    referrer_2        pubkey,
    referrer_3        pubkey,
    -- The code that it registered with, without padding; null is none.
    code              text,
    points            u64 not null,
    lifetime_points   u64 not null,
    points_debt       u64 not null,
    registered_at     bigint not null,
    highest_reference u64 not null,
    tier              smallint not null,
    slot              bigint not null,
    source            text not null,
    closed            boolean not null
);
create index member_org on member (org, address);
create index member_wallet on member (wallet, address);
create index member_referrer_1 on member (referrer_1, address);
create index member_referrer_2 on member (referrer_2, address);
create index member_referrer_3 on member (referrer_3, address);

create table code (
    address       pubkey primary key,
    life          u64 not null,
    rent_payer    pubkey not null,
    receipt_seq   u64 not null,
    receipt_head  pubkey not null,
    org           pubkey not null,
    owner         pubkey not null,
    pending_owner pubkey,
    code          text not null,
    created_at    bigint not null,
    slot          bigint not null,
    source        text not null,
    closed        boolean not null
);
create index code_org on code (org, address);
create index code_owner on code (owner, address);
create index code_code on code (code) where not closed;

create table authority (
    address            pubkey primary key,
    life               u64 not null,
    rent_payer         pubkey not null,
    receipt_seq        u64 not null,
    receipt_head       pubkey not null,
    wallet             pubkey not null,
    mint               pubkey not null,
    token_account      pubkey not null,
    generation         u64 not null,
    outstanding        u64 not null,
    live_subscriptions bigint not null,
    slot               bigint not null,
    source             text not null,
    closed             boolean not null
);
create unique index authority_token_account on authority (token_account);

create table subscription (
    address              pubkey primary key,
    life                 u64 not null,
    rent_payer           pubkey not null,
    receipt_seq          u64 not null,
    receipt_head         pubkey not null,
    plan                 pubkey not null,
    wallet               pubkey not null,
    payer_token          pubkey not null,
    ledger_1             pubkey,
    ledger_2             pubkey,
    ledger_3             pubkey,
    pending_plan         pubkey,
    -- The terms as they were signed, up to the anchor day.
    price                u64 not null,
    period_secs          bigint not null,
    grace_secs           bigint not null,
    hold_secs            bigint not null,
    approved_periods     bigint not null,
    commission_bps       integer[] not null,
    boosts_bps           integer[] not null,
    discounts_bps        integer[] not null,
    period_months        smallint not null,
    anchor_day           smallint not null,
    agreement_seq        u64 not null,
    authority_generation u64 not null,
    quote_nonce          u64 not null,
    quote_deadline       bigint not null,
    subscribed_at        bigint not null,
    period_start         bigint not null,
    paid_through         bigint not null,
    next_due             bigint not null,
    paused_until         bigint not null,
    period_debit         u64 not null,
    period_refunded      u64 not null,
    period_points        u64 not null,
    periods_paid         bigint not null,
    -- 1 trial, 2 active, 3 past due, 4 cancelled, 5 lapsed
    state                smallint not null,
    attempts             smallint not null,
    -- Bit 0: the vault was frozen, so the merchant got the commission.
    period_flags         smallint not null,
    consents             smallint not null,
    slot                 bigint not null,
    source               text not null,
    closed               boolean not null
);
create index subscription_plan on subscription (plan, address);
create index subscription_wallet on subscription (wallet, address);
create index subscription_due on subscription (next_due, address)
    where state in (1, 2, 3) and periods_paid <= approved_periods and not closed;

create table ledger (
    address           pubkey primary key,
    life              u64 not null,
    rent_payer        pubkey not null,
    receipt_seq       u64 not null,
    receipt_head      pubkey not null,
    org               pubkey not null,
    wallet            pubkey not null,
    mint              pubkey not null,
    held              u64 not null,
    release_at        bigint not null,
    queued            u64 not null,
    queued_release_at bigint not null,
    claimable         u64 not null,
    claimed           u64 not null,
    debt              u64 not null,
    slot              bigint not null,
    source            text not null,
    closed            boolean not null
);
create index ledger_org on ledger (org, address);
create index ledger_wallet on ledger (wallet, address);

-- Receipts as the program's calls carry them. `position` numbers them in chain order from 1, without
-- gaps; one invocation of the program leaves at most one.
create table event (
    position  bigint primary key,
    signature bytea not null check (octet_length(signature) = 64),
    outer_ix  integer not null,
    inner_ix  integer not null,
    slot      bigint not null,
    kind      text not null,
    account   pubkey not null,
    life      u64 not null,
    seq       u64 not null,
    at        bigint not null,
    raw       bytea not null,
    unique (signature, outer_ix, inner_ix),
    unique (account, life, seq)
);
create index event_kind on event (kind, position);

-- What a charge moved, in the mint's smallest unit; decoded from the event at `position`.
create table charge (
    position     bigint primary key references event (position) on delete cascade,
    subscription pubkey not null,
    debit        u64 not null,
    merchant     u64 not null,
    keeper_fee   u64 not null,
    points       u64 not null,
    period_start bigint not null,
    paid_through bigint not null,
    -- Bit 0: the vault was frozen, so the merchant got the commission.
    flags        smallint not null,
    -- Of the quote that set the price; null without one, and for every later charge.
    quote_nonce  u64
);
create index charge_subscription on charge (subscription, position);

-- The referral levels that a charge paid.
create table commission (
    position bigint not null references charge (position) on delete cascade,
    level    smallint not null check (level between 1 and 3),
    ledger   pubkey not null,
    amount   u64 not null,
    primary key (position, level)
);
create index commission_ledger on commission (ledger, position);

-- Where each subscription stands at a moment, Unix seconds. Its `state` is as of its last receipt,
-- and nobody has to write that a payment did not come; `status` is what follows from terms and clock,
-- as the program judges it at the next charge. `in_time`: nobody is behind and another charge is
-- agreed. `chargeable`: it could be charged at that moment. Whether service is paid is `paid_through`
-- alone.
create function subscription_standing(moment bigint)
returns table (
    stored subscription, address pubkey, plan pubkey, wallet pubkey, status text, in_time boolean,
    chargeable boolean
) language sql stable as $$
    select subscription, subscription.address, subscription.plan, subscription.wallet, status,
           -- Wrapped, because the planner takes one row in a hundred to have a status that is named.
           coalesce(status in ('active', 'due'), false),
           coalesce(status in ('due', 'past_due'), false)
    from subscription
    left join plan on plan.address = subscription.plan
    left join authority on authority.token_account = subscription.payer_token
    cross join lateral (
        select case
            when subscription.state = 4 then 'cancelled'
            when subscription.state = 5 then 'lapsed'
            when authority.closed or authority.generation <> subscription.authority_generation
                then 'revoked'
            -- The first period, paid at the signature, is not among the approved ones.
            when subscription.periods_paid > subscription.approved_periods then 'used_up'
            when greatest(moment, subscription.next_due) >= plan.ends_at then 'ended'
            when moment >= subscription.next_due + subscription.period_secs then 'lapsed'
            when moment > subscription.next_due + subscription.grace_secs then 'past_due'
            when moment >= subscription.next_due then 'due'
            else 'active'
        end as status
    ) standing
$$;

-- The same at the last moment that the mirror knows.
create view subscription_now as
    select standing.*
    from (select coalesce((select tip_at from cursor), 0) as moment) clock
    cross join lateral subscription_standing(clock.moment) standing;

grant select on all tables in schema public to tessera_tenant;

-- What else a signature covers: the Org's cluster tag, the quote's number among those for its plan and
-- wallet, most later periods that it may be approved for. Null without a signature; signatures of
-- before are void by their deadlines.
alter table engine.quote
    add cluster_tag bytea check (octet_length(cluster_tag) = 8),
    add nonce u64,
    add most_periods bigint,
    add check ((signature is null) = (cluster_tag is null)) not valid,
    add check ((signature is null) = (nonce is null)) not valid,
    add check ((signature is null) = (most_periods is null)) not valid;
create sequence engine.quote_nonce;
grant usage on sequence engine.quote_nonce to tessera_tenant;

-- As before, but whether a quote was used on chain is no guess from price and time any more: its
-- nonce stands in the receipt.
create or replace function engine.offer_taken(
    of_offer text, at timestamptz, but_wallet pubkey, but_quote uuid
) returns bigint language sql stable as $$
    select count(distinct coalesce(encode(quote.wallet, 'hex'), quote.id::text))
    from engine.quote
    where quote.organisation = engine.current_organisation() and quote.offer = of_offer
      and (but_wallet is null or quote.wallet is distinct from but_wallet)
      and quote.id is distinct from but_quote
      and ((quote.accepted_at is not null and quote.signature is null)
           or quote.deadline > at - interval '2 minutes'
           or (quote.signature is not null
               and exists (select from public.cursor
                           where not caught_up or to_timestamp(tip_at) <= quote.deadline))
           or exists (
               select from public.subscription
               join public.charge on charge.subscription = subscription.address
               where subscription.plan = quote.plan and subscription.wallet = quote.wallet
                 and charge.quote_nonce = quote.nonce))
$$;
