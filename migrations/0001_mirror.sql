-- The mirror of the program's accounts and events. It can be dropped and rebuilt from the chain.
-- Keys are 32-byte `bytea`, every u64 is `numeric(20,0)`, times are Unix seconds in `bigint`.
-- `slot` is the slot at which the row was read, `source` how ('snapshot' or 'update');
-- a closed account keeps its last row with `closed = true`.

create domain pubkey as bytea check (octet_length(value) = 32);
create domain u64 as numeric(20, 0) check (value >= 0 and value <= 18446744073709551615);

create table org (
    address            pubkey primary key,
    authority          pubkey not null,
    pending_authority  pubkey,
    quote_authority    pubkey not null,
    treasury           pubkey not null,
    id                 u64 not null,
    created_at         bigint not null,
    tier_thresholds    u64[] not null,
    tier_boosts_bps    integer[] not null,
    tier_discounts_bps integer[] not null,
    hold_secs          bigint not null,
    commission_bps     integer[] not null,
    pause_flags        smallint not null,
    slot               bigint not null,
    source             text not null,
    closed             boolean not null
);

create table issuer (
    address          pubkey primary key,
    org              pubkey not null,
    key              pubkey not null,
    epoch_budget     u64 not null,
    epoch_used       u64 not null,
    epoch_started_at bigint not null,
    epoch_secs       bigint not null,
    slot             bigint not null,
    source           text not null,
    closed           boolean not null
);

create table plan (
    address           pubkey primary key,
    org               pubkey not null,
    mint              pubkey not null,
    token_program     pubkey not null,
    destination       pubkey not null,
    vault             pubkey not null,
    id                u64 not null,
    price             u64 not null,
    price_floor       u64 not null,
    price_ceiling     u64 not null,
    points_per_charge u64 not null,
    keeper_fee_cap    u64 not null,
    created_at        bigint not null,
    ends_at           bigint not null,
    period_secs       bigint not null,
    trial_secs        bigint not null,
    grace_secs        bigint not null,
    decimals          smallint not null,
    slot              bigint not null,
    source            text not null,
    closed            boolean not null
);
create index plan_org on plan (org, address);

create table member (
    address         pubkey primary key,
    org             pubkey not null,
    wallet          pubkey not null,
    -- Nearest referrer first; null is none.
    referrer_1      pubkey,
    referrer_2      pubkey,
    referrer_3      pubkey,
    receipt_head    pubkey not null,
    receipt_seq     u64 not null,
    points          u64 not null,
    lifetime_points u64 not null,
    registered_at   bigint not null,
    -- The code that it registered with, without padding; null is none.
    code            text,
    tier            smallint not null,
    slot            bigint not null,
    source          text not null,
    closed          boolean not null
);
create index member_org on member (org, address);
create index member_wallet on member (wallet, address);
create index member_referrer_1 on member (referrer_1, address);
create index member_referrer_2 on member (referrer_2, address);
create index member_referrer_3 on member (referrer_3, address);

create table code (
    address       pubkey primary key,
    org           pubkey not null,
    owner         pubkey not null,
    pending_owner pubkey,
    code          text not null,
    created_at    bigint not null,
    slot          bigint not null,
    source        text not null,
    closed        boolean not null
);
create index code_owner on code (owner, address);

create table authority (
    address            pubkey primary key,
    wallet             pubkey not null,
    mint               pubkey not null,
    rent_payer         pubkey not null,
    generation         bigint not null,
    live_subscriptions bigint not null,
    slot               bigint not null,
    source             text not null,
    closed             boolean not null
);

create table subscription (
    address              pubkey primary key,
    plan                 pubkey not null,
    wallet               pubkey not null,
    ledger_1             pubkey,
    ledger_2             pubkey,
    ledger_3             pubkey,
    rent_payer           pubkey not null,
    receipt_head         pubkey not null,
    receipt_seq          u64 not null,
    price                u64 not null,
    subscribed_at        bigint not null,
    next_due             bigint not null,
    paid_through         bigint not null,
    authority_generation bigint not null,
    periods_paid         bigint not null,
    approved_periods     bigint not null,
    commission_bps       integer[] not null,
    -- 1 trial, 2 active, 3 past due, 4 cancelled, 5 lapsed
    state                smallint not null,
    attempts             smallint not null,
    slot                 bigint not null,
    source               text not null,
    closed               boolean not null
);
create index subscription_plan on subscription (plan, address);
create index subscription_wallet on subscription (wallet, address);
create index subscription_due on subscription (next_due, address) where state in (1, 2, 3) and not closed;

create table ledger (
    address      pubkey primary key,
    org          pubkey not null,
    wallet       pubkey not null,
    mint         pubkey not null,
    receipt_head pubkey not null,
    receipt_seq  u64 not null,
    held         u64 not null,
    queued       u64 not null,
    release_at   bigint not null,
    claimable    u64 not null,
    claimed      u64 not null,
    debt         u64 not null,
    hold_secs    bigint not null,
    slot         bigint not null,
    source       text not null,
    closed       boolean not null
);
create index ledger_org on ledger (org, address);
create index ledger_wallet on ledger (wallet, address);

-- Receipts as logged. `position` numbers them in chain order from 1, without gaps.
create table event (
    position   bigint primary key,
    signature  bytea not null check (octet_length(signature) = 64),
    outer_ix   integer not null,
    inner_ix   integer not null,
    ordinal    integer not null,
    slot       bigint not null,
    kind       text not null,
    account    pubkey not null,
    seq        u64 not null,
    at         bigint not null,
    raw        bytea not null,
    unique (signature, outer_ix, inner_ix, ordinal),
    unique (account, seq)
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
    paid_through bigint not null
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

-- How far the mirror is. One row; the genesis hash binds the database to one network.
create table cursor (
    singleton        boolean primary key default true check (singleton),
    genesis          pubkey not null,
    -- Last transaction whose events are stored, and its slot; null before the first.
    event_signature  bytea check (octet_length(event_signature) = 64),
    event_slot       bigint not null default 0,
    event_position   bigint not null default 0,
    -- Slot that every account row is at least as new as.
    account_slot     bigint not null default 0,
    -- Chain tip at the last round, and the network's clock there.
    tip_slot         bigint not null default 0,
    tip_at           bigint not null default 0,
    caught_up        boolean not null default false,
    updated_at       timestamptz not null default now()
);
