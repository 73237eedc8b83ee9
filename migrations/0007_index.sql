-- The index as it is for good. A receipt is known by its place on the chain (slot, transaction, call)
-- and belongs to a life of an account, which says whose it is; `arrival` numbers receipts in the order in
-- which they came, rises and has gaps. What may still vanish is deleted when it does, and what was
-- missing is inserted where it belongs. The chain fills all of this again.

drop view subscription_now;
drop function subscription_standing(bigint);
drop view payer;
drop table commission, refund, charge, event, cursor;
truncate config, org, issuer, plan, member, code, authority, subscription, invoice, ledger, campaign,
    nullifier_page, claim, stake_pool, stake_position;

-- Rows travel as values of these types, so that a column which a later release adds to a table changes
-- nothing for the programs that run: a type stays as it is, and a later one has another name.
do $$
declare
    name text;
begin
    foreach name in array array[
        'config', 'org', 'issuer', 'plan', 'member', 'code', 'authority', 'subscription', 'invoice',
        'ledger', 'campaign', 'nullifier_page', 'claim', 'stake_pool', 'stake_position']
    loop
        execute (
            select format('create type %I as (%s)', name || '_row',
                          string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)),
                                     ', ' order by attnum))
            from pg_attribute where attrelid = name::regclass and attnum > 0 and not attisdropped);
        execute (
            select format('create function row_of(it %I) returns %I language sql immutable '
                          'as ''select row(%s)::%I''', name, name || '_row',
                          string_agg(format('it.%I', attname), ', ' order by attnum), name || '_row')
            from pg_attribute where attrelid = name::regclass and attnum > 0 and not attisdropped);
        -- Rows are written again with each change; a page keeps room for the new version.
        execute format('alter table %I set (fillfactor = 80)', name);
    end loop;
end
$$;

-- Decimals of a mint are those of any plan in it.
create index plan_mint on plan (mint);

-- An account from its creation until it closes. Its first receipt says whose it is.
create table life (
    id          integer generated always as identity primary key,
    address     pubkey not null,
    -- The slot in which the account was created.
    life        bigint not null,
    -- Its kind, such as Plan; null until the first receipt is known.
    kind        text,
    -- What it belongs to: a plan, campaign or pool, else the org, and an org to itself; null for the
    -- Config and authorities, and until the first receipt is known.
    parent      pubkey,
    -- The org's life; null while it is not known.
    org_id      integer references life (id),
    -- Whose it is, if a wallet's: of a code, its first owner.
    wallet      pubkey,
    -- What a plan, subscription, invoice or ledger is paid in.
    mint        pubkey,
    -- How many receipts, from the first on, are proven to be there and to hash to the account's head.
    proven_seq  bigint not null default 0,
    proven_head pubkey not null default '\x0000000000000000000000000000000000000000000000000000000000000000',
    unique (address, life)
);
create index life_wallet on life (wallet) where wallet is not null;
create index life_parent on life (parent);
-- Whether anything is left of an org is asked when a life goes.
create index life_org on life (org_id) where org_id is not null;
create index life_orphan on life (parent) where org_id is null and parent is not null;

create type receipt_kind as enum (
    'ConfigSet', 'AuthorityProposed', 'AuthorityAccepted', 'OrgCreated', 'OrgUpdated', 'OrgPaused',
    'PlanCreated', 'PlanSunset', 'IssuerSet', 'CodeCreated', 'CodeOffered', 'CodeTransferred',
    'MemberRegistered', 'PaymentMissed', 'Cancelled', 'Resumed', 'Paused', 'PointsAwarded',
    'PointsRedeemed', 'LedgerOpened', 'CommissionReleased', 'CommissionClaimed', 'CampaignCreated',
    'RootSet', 'PageOpened', 'VoucherClaimed', 'PoolCreated', 'PoolFunded', 'Staked', 'Unstaked',
    'Harvested', 'Closed', 'Subscribed', 'Charged', 'PlanChanged', 'InvoicePaid', 'Refunded');

-- Widest columns last, so that nothing is lost between the others.
create table receipt (
    -- Pages that only grow at their end are filled to the last byte.
    arrival   bigint primary key with (fillfactor = 100),
    slot      bigint not null,
    seq       bigint not null,
    -- The network's clock, Unix seconds.
    at        bigint not null,
    tx_index  integer not null,
    life_id   integer not null,
    -- The life of the org, and of the plan that a subscription or invoice was under with this receipt.
    org_id    integer,
    plan_id   integer,
    kind      receipt_kind not null,
    -- The transaction's instruction, and 0 for that instruction itself, else the number of the inner
    -- call, from 1.
    outer_ix  smallint not null,
    inner_ix  smallint not null,
    signature bytea not null check (octet_length(signature) = 64),
    -- The event behind its discriminator and its receipt, which the columns above say. A run of zero
    -- bytes is one and the length of the run less one: 9 0 0 0 8 is stored as 9 0 2 8.
    body      bytea not null
);
create unique index receipt_place on receipt (slot, tx_index, outer_ix, inner_ix) with (fillfactor = 100);
create unique index receipt_life on receipt (life_id, seq);
create index receipt_org on receipt (org_id, slot);
create index receipt_kind on receipt (kind);

-- What a payment moved, in the mint's smallest unit. A period that begins without one, as a trial does,
-- is a payment of nothing.
create table charge (
    arrival        bigint primary key,
    -- The subscription or invoice, and its org.
    life_id        integer not null,
    org_id         integer,
    slot           bigint not null,
    at             bigint not null,
    debit          u64 not null,
    merchant       u64 not null,
    keeper_fee     u64 not null,
    -- What of the commission paid the ledgers' debts, and so went to the merchant.
    debt_repaid    u64 not null,
    points         u64 not null,
    points_expired u64 not null,
    -- What an earlier plan's unused time was worth, on top of the debit.
    credit         u64 not null,
    period_start   bigint not null,
    paid_through   bigint not null,
    -- As a subscription's `period_flags`.
    flags          smallint not null,
    -- The payer's tier before it.
    tier           smallint not null,
    -- Of the quote that set the price; null without one, and for every later charge.
    quote_nonce    u64
);
create index charge_org on charge (org_id, arrival);

-- What was given back of a payment, in the mint's smallest unit.
create table refund (
    arrival        bigint primary key,
    life_id        integer not null,
    org_id         integer,
    slot           bigint not null,
    at             bigint not null,
    amount         u64 not null,
    -- What of it came from commission that was taken back; the rest is the merchant's.
    from_vault     u64 not null,
    points         u64 not null,
    points_expired u64 not null
);
create index refund_org on refund (org_id, arrival);

-- What a payment gave the referral levels; below 0, what a refund took back.
create table commission (
    arrival bigint not null,
    level   smallint not null check (level between 1 and 3),
    ledger  pubkey not null,
    amount  numeric(20, 0) not null,
    primary key (arrival, level)
);
create index commission_ledger on commission (ledger, arrival);

-- What a receipt moved goes with it. A foreign key would do the same, and be asked for each row that is
-- inserted.
create function forget_money() returns trigger language plpgsql as $$
begin
    delete from charge using gone where charge.arrival = gone.arrival;
    delete from refund using gone where refund.arrival = gone.arrival;
    delete from commission using gone where commission.arrival = gone.arrival;
    return null;
end
$$;
create trigger receipt_forgets_money after delete on receipt
    referencing old table as gone for each statement execute function forget_money();

-- How far the mirror is. One row; the genesis hash binds the database to one network.
create table cursor (
    singleton        boolean primary key default true check (singleton),
    genesis          pubkey not null,
    -- Names this filling of the mirror; with another, readers that go by `arrival` begin again.
    filling          uuid not null default gen_random_uuid(),
    -- The last number that was given.
    arrival          bigint not null default 0,
    -- Transactions that stay are listed through this slot, up to this one.
    listed_slot      bigint not null default 0,
    listed_signature bytea check (octet_length(listed_signature) = 64),
    -- A listing that is under way goes down from the first to the second.
    walk_slot        bigint,
    walk_signature   bytea check (octet_length(walk_signature) = 64),
    walk_low         bytea check (octet_length(walk_low) = 64),
    -- Everything through this slot stays and is mirrored; the network's clock there, Unix seconds.
    final_slot       bigint not null default 0,
    final_at         bigint not null default 0,
    -- The same of what may still vanish: through here the last round left nothing behind.
    applied_slot     bigint not null default 0,
    applied_at       bigint not null default 0,
    applied_on       timestamptz,
    -- Accounts that nothing has touched since are as of this slot at least; 0 until all were read.
    snapshot_slot    bigint not null default 0,
    -- Where the index began to follow the chain: what was touched before, the snapshot reads.
    followed_slot    bigint not null default 0,
    -- Accounts that count receipts which the index lacks, as the last proof found.
    gaps             bigint not null default 0,
    -- Why the last round did not come to its end; null when it did.
    problem          text
);

-- Transactions that are listed and not applied yet: all of a walk, and what no node shows. They are
-- counted down from the newest, so that the number orders what no node gives a place.
create sequence walk_number as bigint increment by -1;
create table walk (
    slot      bigint not null,
    number    bigint not null default nextval('walk_number'),
    signature bytea not null check (octet_length(signature) = 64),
    tx_index  integer,
    -- How often no node showed it, and when it is looked for again.
    tries     integer not null default 0,
    again_on  timestamptz not null default now(),
    primary key (slot, number)
);
-- What no node showed is a small part of it.
create index walk_missing on walk (again_on) where tries > 0;

-- Transactions that are applied and may still vanish, with the accounts that they touched. One that was
-- seen on two forks is here twice, until the listing says in which slot it stays.
create table unsettled (
    signature bytea not null check (octet_length(signature) = 64),
    slot      bigint not null,
    tx_index  integer not null,
    -- Their addresses, one behind the other.
    touched   bytea not null,
    -- Whether the listing of what stays has met it.
    listed    boolean not null default false,
    primary key (signature, slot)
);
create index unsettled_slot on unsettled (slot);

-- What accounts say of their receipts.
create view account_head as
    select address, life, receipt_seq, receipt_head, slot, closed from config
    union all select address, life, receipt_seq, receipt_head, slot, closed from org
    union all select address, life, receipt_seq, receipt_head, slot, closed from issuer
    union all select address, life, receipt_seq, receipt_head, slot, closed from plan
    union all select address, life, receipt_seq, receipt_head, slot, closed from member
    union all select address, life, receipt_seq, receipt_head, slot, closed from code
    union all select address, life, receipt_seq, receipt_head, slot, closed from authority
    union all select address, life, receipt_seq, receipt_head, slot, closed from subscription
    union all select address, life, receipt_seq, receipt_head, slot, closed from invoice
    union all select address, life, receipt_seq, receipt_head, slot, closed from ledger
    union all select address, life, receipt_seq, receipt_head, slot, closed from campaign
    union all select address, life, receipt_seq, receipt_head, slot, closed from nullifier_page
    union all select address, life, receipt_seq, receipt_head, slot, closed from claim
    union all select address, life, receipt_seq, receipt_head, slot, closed from stake_pool
    union all select address, life, receipt_seq, receipt_head, slot, closed from stake_position;

-- Accounts that are to be read at this slot or later.
create table stale (
    address pubkey primary key,
    slot    bigint not null
);

-- Accounts that a reading of all of them has met; whatever else the mirror has is gone.
create unlogged table seen (
    address pubkey primary key
);

-- What this version does not understand, or the database would not take.
create table dead_letter (
    id        bigint generated always as identity primary key,
    -- 'transaction': the answer of a node; 'receipt': an event as carried; 'account': its data.
    kind      text not null check (kind in ('transaction', 'receipt', 'account')),
    reason    text not null,
    bytes     bytea not null,
    slot      bigint not null,
    -- Of a transaction or receipt.
    signature bytea check (octet_length(signature) = 64),
    tx_index  integer,
    -- Of a receipt.
    outer_ix  smallint,
    inner_ix  smallint,
    came_on   timestamptz not null default now(),
    tries     integer not null default 1
);
create unique index dead_letter_place on dead_letter (slot, tx_index, outer_ix, inner_ix) nulls not distinct
    where kind <> 'account';

-- The accounts that a dead letter is about: what the mirror has of them may lack something.
create table dead_letter_account (
    address pubkey not null,
    letter  bigint not null references dead_letter (id) on delete cascade,
    primary key (address, letter)
);
create index dead_letter_account_letter on dead_letter_account (letter);

-- Where each subscription stands at a moment, Unix seconds. Its `state` is as of its last receipt,
-- and nobody has to write that a payment did not come; `status` is what follows from terms and clock,
-- as the program judges it at the next charge, which is made under the pending plan where there is
-- one. `in_time`: nobody is behind and another charge is agreed. `chargeable`: anybody could charge it
-- at that moment. Whether service is paid is `paid_through` alone.
create function subscription_standing(moment bigint)
returns table (
    stored subscription, address pubkey, plan pubkey, wallet pubkey, status text, in_time boolean,
    chargeable boolean
) language sql stable as $$
    select subscription, subscription.address, subscription.plan, subscription.wallet, status,
           -- Wrapped, because the planner takes one row in a hundred to have a status that is named.
           coalesce(status in ('trial', 'active', 'due'), false),
           -- What a metered period comes to, its org alone states.
           coalesce(status in ('due', 'past_due') and subscription.consents & 2 = 0, false)
    from subscription
    left join plan on plan.address = coalesce(subscription.pending_plan, subscription.plan)
    left join authority on authority.token_account = subscription.payer_token
    cross join lateral (
        select case
            when subscription.state = 4 then 'cancelled'
            when subscription.state = 5 then 'lapsed'
            when authority.closed or authority.generation <> subscription.authority_generation
                then 'revoked'
            -- The first period, paid at the signature, is not among the approved ones.
            when subscription.periods_paid > subscription.approved_periods
                and subscription.pending_plan is null then 'used_up'
            when greatest(moment, subscription.next_due) >= plan.ends_at then 'ended'
            when moment >= period_end(
                subscription.next_due, subscription.period_secs, subscription.period_months,
                subscription.anchor_day) then 'lapsed'
            when moment > subscription.next_due + subscription.grace_secs
                -- Once a payment is known to be missed, it can be made up for in the grace time only.
                then case subscription.state when 3 then 'lapsed' else 'past_due' end
            when subscription.state = 3 then 'past_due'
            when moment >= subscription.next_due then 'due'
            when subscription.state = 1 then 'trial'
            else 'active'
        end as status
    ) standing
$$;

-- The same at the last moment that the mirror knows.
create view subscription_now as
    select standing.*
    from (select coalesce((select applied_at from cursor), 0) as moment) clock
    cross join lateral subscription_standing(clock.moment) standing;

grant select on all tables in schema public to tessera_tenant;

-- How far the stream has an organisation's receipts: their number, in which filling of the mirror.
alter table engine.organisation rename column chain_position to chain_arrival;
alter table engine.organisation add column chain_filling uuid;
update engine.organisation set chain_arrival = 0;

-- As before; what the mirror knows is as of the slot that it applied last, and a wallet's subscription is
-- found by the plan that it was opened under, even when it is closed.
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
               and exists (select from public.cursor where to_timestamp(applied_at) <= quote.deadline))
           or exists (
               select from public.life
               join public.receipt on receipt.life_id = life.id
               join public.charge using (arrival)
               where life.parent = quote.plan and life.wallet = quote.wallet
                 and charge.quote_nonce = quote.nonce))
$$;
