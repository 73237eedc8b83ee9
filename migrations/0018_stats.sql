-- What the mirror adds up to, for each org and for all of them together, kept with every change of it:
-- a question for totals reads a row, however many accounts and receipts there are. Sums follow from the
-- mirror alone, so a mirror that is filled again has the same ones. Triggers keep them, because a
-- trigger sees whatever changes a table; one writer at a time changes the mirror, behind the row of
-- `cursor`, so that nobody waits for a sum.

-- As long as a writer has the fence nobody else writes, and this must not wait with half of its locks.
do $$ begin lock table cursor in exclusive mode; end $$;

-- Until when nobody is behind with a subscription and another charge is agreed, Unix seconds, as far as
-- its own row says: a plan may end before, an authority may be revoked. Null when that is over. It says
-- the same as `in_time` of `subscription_standing`. A calendar ends, so what is due beyond 9,000,000,000,000
-- is taken to be due then.
alter table subscription add column in_time_until bigint generated always as (
    case when not closed and state not in (3, 4, 5)
              and (periods_paid <= approved_periods or pending_plan is not null)
        then least(least(next_due, 9000000000000) + grace_secs + 1,
                   period_end(least(next_due, 9000000000000), period_secs, period_months, anchor_day))
    end) stored;
-- What the clock passes.
create index subscription_in_time_until_idx on subscription (in_time_until)
    where in_time_until is not null;
create index plan_ends_at_idx on plan (ends_at);
-- Whose deadline a plan's end is, too.
create index subscription_pending_plan_idx on subscription (pending_plan) where pending_plan is not null;
-- What an authority can revoke, whichever wallet signed it.
create index subscription_payer_token_idx on subscription (payer_token) where in_time_until is not null;

-- Pages of the orgs of an authority, of the plans in a mint.
create index org_authority_address_idx on org (authority, address);
drop index plan_mint;
create index plan_mint_address_idx on plan (mint, address);

create table org_sum (
    -- Null is everything in the mirror.
    org                  pubkey,
    -- Of members that are not closed, as of the cursor's `applied_at`.
    members              bigint not null default 0,
    points               numeric not null default 0,
    lifetime_points      numeric not null default 0,
    -- In trial, active or due, as of the same moment.
    active_subscriptions bigint not null default 0,
    receipts             bigint not null default 0,
    constraint org_sum_org_key unique nulls not distinct (org)
) with (fillfactor = 50);

-- Money, in the mint's smallest unit.
create table org_mint_sum (
    -- Null is every org.
    org         pubkey,
    mint        pubkey not null,
    -- How many payments, refunds, commissions and ledgers it is of.
    parts       bigint not null default 0,
    paid        numeric not null default 0,
    merchant    numeric not null default 0,
    keeper_fees numeric not null default 0,
    refunded    numeric not null default 0,
    accrued     numeric not null default 0,
    held        numeric not null default 0,
    claimable   numeric not null default 0,
    claimed     numeric not null default 0,
    constraint org_mint_sum_org_mint_key unique nulls not distinct (org, mint)
) with (fillfactor = 50);

-- Points among those of `org_sum` that expire later than the cursor's `applied_at`, by the moment. No
-- question reads it: the clock takes each moment out once, so that no number of moments makes anything
-- slower but the org's own writes.
create table org_expiry (
    org        pubkey not null,
    expires_at bigint not null,
    points     numeric not null,
    constraint org_expiry_pkey primary key (org, expires_at)
);
create index org_expiry_expires_at_idx on org_expiry (expires_at);

-- Nothing is left of what came and went, as in a mirror that it never came to.
create function org_sum_goes() returns trigger language plpgsql as $$
begin
    delete from org_sum where org = new.org or new.org is null and org is null;
    return null;
end
$$;
create trigger org_sum_goes after update on org_sum for each row
    when (new.members = 0 and new.points = 0 and new.lifetime_points = 0
          and new.active_subscriptions = 0 and new.receipts = 0)
    execute function org_sum_goes();

create function org_mint_sum_goes() returns trigger language plpgsql as $$
begin
    delete from org_mint_sum
    where mint = new.mint and (org = new.org or new.org is null and org is null);
    return null;
end
$$;
create trigger org_mint_sum_goes after update on org_mint_sum for each row when (new.parts = 0)
    execute function org_mint_sum_goes();

create function org_expiry_goes() returns trigger language plpgsql as $$
begin
    delete from org_expiry where org = new.org and expires_at = new.expires_at;
    return null;
end
$$;
create trigger org_expiry_goes after update on org_expiry for each row when (new.points = 0)
    execute function org_expiry_goes();

-- The moment that the sums are as of.
create function sums_now() returns bigint language sql stable as
    'select coalesce((select applied_at from cursor), 0)';

-- Whether a plan is over for a subscription that is next due at `next_due`: no charge comes any more.
create function plan_is_over(moment bigint, next_due bigint, ends_at bigint)
returns boolean language sql immutable as
    'select coalesce(greatest(moment, next_due) >= ends_at, false)';

-- Whether a delegate, if there is one, is another than the subscription was signed under.
create function is_revoked(closed boolean, generation u64, signed_generation u64)
returns boolean language sql immutable as
    'select coalesce(closed or generation <> signed_generation, false)';

-- What receipts moved: payments, refunds and commission.
create view money_moved as
    select arrival, life_id, org_id, debit as paid, merchant, keeper_fee as keeper_fees,
           0::numeric as refunded, 0::numeric as accrued, 1 as parts
    from charge
    union all
    select arrival, life_id, org_id, 0, 0, 0, amount, 0, 1 from refund
    union all
    select arrival, receipt.life_id, receipt.org_id, 0, 0, 0, 0, commission.amount, 1
    from commission join receipt using (arrival);

-- Triggers on a table, once a statement, that add what it changed to the sums: in `additions`, {changed}
-- is `fields` of the rows that came, with a sign of 1, and of those that went, with one of -1.
create procedure pg_temp.keep(of_table text, events text[], fields text, additions text)
language plpgsql as $keep$
declare
    event text;
    came text := format('select 1 as sign, %s from fresh', fields);
    went text := format('select -1 as sign, %s from gone', fields);
    both_named constant text := 'referencing old table as gone new table as fresh';
    changed text;
begin
    foreach event in array events loop
        changed := case event when 'insert' then came when 'delete' then went
                              else came || ' union all ' || went end;
        execute format(
            'create function %s_%s_sums() returns trigger language plpgsql as '
            '$body$ begin %s return null; end $body$',
            of_table, event, replace(additions, '{changed}', changed));
        execute format(
            'create trigger %1$s_%2$s_sums after %2$s on %1$s %3$s for each statement '
            'execute function %1$s_%2$s_sums()',
            of_table, event,
            case event when 'insert' then 'referencing new table as fresh'
                       when 'delete' then 'referencing old table as gone' else both_named end);
    end loop;
end
$keep$;

-- Counts subscriptions that are in time: of `counted`, sign and org. Changes of nothing are left out, so
-- that they make no row.
create function pg_temp.count_active() returns text language sql as $$ select $sql$
    insert into org_sum as kept (org, active_subscriptions)
    select org, sum(sign) from counted
    group by grouping sets ((org), ())
    having sum(sign) <> 0 and (grouping(org) = 1 or org is not null)
    on conflict (org) do update
    set active_subscriptions = kept.active_subscriptions + excluded.active_subscriptions;
$sql$ $$;

-- Adds money: of `moved`, sign, life, the org's life, and amounts. What it is in, the life says, once its
-- first receipt is known.
create function pg_temp.add_money() returns text language sql as $$ select $sql$
    insert into org_mint_sum as kept
        (org, mint, parts, paid, merchant, keeper_fees, refunded, accrued)
    select org.address, by_life.mint, sum(parts), sum(paid), sum(by_life.merchant),
           sum(by_life.keeper_fees), sum(by_life.refunded), sum(by_life.accrued)
    from (
        select moved.org_id, life.mint, sum(sign * moved.parts) as parts,
               sum(sign * moved.paid) as paid,
               sum(sign * moved.merchant) as merchant, sum(sign * moved.keeper_fees) as keeper_fees,
               sum(sign * moved.refunded) as refunded, sum(sign * moved.accrued) as accrued
        from moved join life on life.id = moved.life_id
        where life.mint is not null
        group by moved.org_id, life.mint
    ) by_life
    left join life org on org.id = by_life.org_id
    group by grouping sets ((org.address, by_life.mint), (by_life.mint))
    having grouping(org.address) = 1 or org.address is not null
    on conflict (org, mint) do update
    set parts = kept.parts + excluded.parts, paid = kept.paid + excluded.paid,
        merchant = kept.merchant + excluded.merchant,
        keeper_fees = kept.keeper_fees + excluded.keeper_fees,
        refunded = kept.refunded + excluded.refunded, accrued = kept.accrued + excluded.accrued;
$sql$ $$;

call pg_temp.keep('member', '{insert, update}',
    'org, closed, points, lifetime_points, expiring_points, expires_at', $sql$
    with changed as ({changed})
    insert into org_sum as kept (org, members, points, lifetime_points)
    select org, sum(sign), sum(sign * points), sum(sign * lifetime_points)
    from changed where not closed
    group by grouping sets ((org), ())
    having count(*) > 0
    on conflict (org) do update
    set members = kept.members + excluded.members, points = kept.points + excluded.points,
        lifetime_points = kept.lifetime_points + excluded.lifetime_points;

    with changed as ({changed}), bucket as (
        -- By their number, of which there are four: it takes a third of the time of `unnest`.
        select org, expires_at[place] as expires_at, sum(sign * expiring_points[place]) as points
        from changed cross join generate_series(1, 4) place
        where not closed and expiring_points[place] > 0
        group by org, expires_at[place]
        having sum(sign * expiring_points[place]) <> 0
    ), to_come as (
        insert into org_expiry as kept (org, expires_at, points)
        select org, expires_at, points from bucket where expires_at > sums_now()
        on conflict (org, expires_at) do update set points = kept.points + excluded.points
    )
    insert into org_sum as kept (org, points)
    select org, -sum(points) from bucket where expires_at <= sums_now()
    group by grouping sets ((org), ())
    having count(*) > 0
    on conflict (org) do update set points = kept.points + excluded.points;
$sql$);

call pg_temp.keep('subscription', '{insert}',
    'plan, pending_plan, payer_token, authority_generation, next_due, in_time_until', $sql$
    with changed as ({changed}), counted as (
        select plan.org, changed.sign
        from (select sums_now() as now) clock
        join changed on changed.in_time_until > clock.now
        left join plan on plan.address = changed.plan
        left join plan pending on pending.address = changed.pending_plan
        left join authority on authority.token_account = changed.payer_token
        where not plan_is_over(clock.now, changed.next_due,
                  case when changed.pending_plan is null then plan.ends_at else pending.ends_at end)
          and not is_revoked(authority.closed, authority.generation, changed.authority_generation)
    )
$sql$ || pg_temp.count_active());

-- A payment leaves a subscription in time; then its authority, the dearest to look at, says nothing new.
call pg_temp.keep('subscription', '{update}', '', $sql$
    with differing as (
        select judged.*
        from (select sums_now() as now) clock
        cross join fresh after
        join gone before using (address)
        left join plan on plan.address = after.plan
        left join plan pending on pending.address = after.pending_plan
        left join plan old_plan on old_plan.address = before.plan
        left join plan old_pending on old_pending.address = before.pending_plan
        cross join lateral (
            select coalesce(after.in_time_until > clock.now, false)
                       and not plan_is_over(clock.now, after.next_due,
                               case when after.pending_plan is null then plan.ends_at
                                    else pending.ends_at end) as comes,
                   coalesce(before.in_time_until > clock.now, false)
                       and not plan_is_over(clock.now, before.next_due,
                               case when before.pending_plan is null then old_plan.ends_at
                                    else old_pending.ends_at end) as goes
        ) may
        cross join lateral (values
            (1, may.comes, plan.org, after.payer_token, after.authority_generation),
            (-1, may.goes, old_plan.org, before.payer_token, before.authority_generation)
        ) judged (sign, counts, org, payer_token, authority_generation)
        where may.comes <> may.goes
           or may.comes and (after.plan, after.payer_token, after.authority_generation)
                            <> (before.plan, before.payer_token, before.authority_generation)
    ), counted as (
        select differing.org, differing.sign
        from differing
        left join authority on authority.token_account = differing.payer_token
        where differing.counts
          and not is_revoked(authority.closed, authority.generation, differing.authority_generation)
    )
$sql$ || pg_temp.count_active());

-- Of plans, org and end: what counted under the plan as it was counts no more, and what counts under it
-- as it is begins to.
call pg_temp.keep('plan', '{insert, update}', 'address, org, ends_at', $sql$
    with changed as ({changed}), differing as (
        select address, before.org as old_org, before.ends_at as old_end
        from (select * from changed where sign = 1) after
        left join (select * from changed where sign = -1) before using (address)
        where (before.org, before.ends_at) is distinct from (after.org, after.ends_at)
    ), counted as (
        select judged.org, judged.sign
        from (select sums_now() as now) clock
        join subscription on subscription.in_time_until > clock.now
            and (subscription.plan = any (array(select address::bytea from differing))
                 or subscription.pending_plan = any (array(select address::bytea from differing)))
        left join plan on plan.address = subscription.plan
        left join plan pending on pending.address = subscription.pending_plan
        left join differing on differing.address = subscription.plan
        left join differing pending_differs on pending_differs.address = subscription.pending_plan
        left join authority on authority.token_account = subscription.payer_token
        cross join lateral (values
            (1, plan.org,
             case when subscription.pending_plan is null then plan.ends_at else pending.ends_at end),
            (-1, case when differing.address is null then plan.org else differing.old_org end,
             case when subscription.pending_plan is null
                 then case when differing.address is null then plan.ends_at else differing.old_end end
                 else case when pending_differs.address is null then pending.ends_at
                           else pending_differs.old_end end
             end)
        ) judged (sign, org, ends_at)
        where not plan_is_over(clock.now, subscription.next_due, judged.ends_at)
          and not is_revoked(authority.closed, authority.generation, subscription.authority_generation)
    )
$sql$ || pg_temp.count_active());

-- The same of authorities, by the token account that they are the delegate of. That alone says which
-- subscriptions are theirs: a token account may be given to another wallet, under which its authority
-- goes on, and what others signed before is revoked with that.
call pg_temp.keep('authority', '{insert, update}', 'address, token_account, generation, closed', $sql$
    with changed as ({changed}), differing as (
        select judged.*
        from (select * from changed where sign = 1) after
        left join (select * from changed where sign = -1) before using (address)
        cross join lateral (values
            (after.token_account, after.generation, after.closed, 1),
            (before.token_account, before.generation, before.closed, -1)
        ) judged (token_account, generation, closed, sign)
        where (before.token_account, before.generation, before.closed)
              is distinct from (after.token_account, after.generation, after.closed)
          and judged.token_account is not null
    ), counted as (
        -- An authority takes away the subscriptions that it revokes.
        select plan.org, -differing.sign as sign
        from (select sums_now() as now) clock
        cross join differing
        join subscription on subscription.payer_token = differing.token_account
            and subscription.in_time_until > clock.now
        left join plan on plan.address = subscription.plan
        left join plan pending on pending.address = subscription.pending_plan
        where not plan_is_over(clock.now, subscription.next_due,
                  case when subscription.pending_plan is null then plan.ends_at
                       else pending.ends_at end)
          and is_revoked(differing.closed, differing.generation, subscription.authority_generation)
    )
$sql$ || pg_temp.count_active());

call pg_temp.keep('ledger', '{insert, update}', 'org, mint, held, queued, claimable, claimed', $sql$
    with changed as ({changed})
    insert into org_mint_sum as kept (org, mint, parts, held, claimable, claimed)
    select org, mint, sum(sign), sum(sign * (held + queued)), sum(sign * claimable),
           sum(sign * claimed)
    from changed
    group by grouping sets ((org, mint), (mint))
    on conflict (org, mint) do update
    set parts = kept.parts + excluded.parts, held = kept.held + excluded.held,
        claimable = kept.claimable + excluded.claimable, claimed = kept.claimed + excluded.claimed;
$sql$);

-- Counts receipts.
create function pg_temp.count_receipts() returns text language sql as $$ select $sql$
    with changed as ({changed})
    insert into org_sum as kept (org, receipts)
    select life.address, sum(by_life.receipts)
    from (select org_id, sum(sign) as receipts from changed group by org_id) by_life
    left join life on life.id = by_life.org_id
    group by grouping sets ((life.address), ())
    having sum(by_life.receipts) <> 0 and (grouping(life.address) = 1 or life.address is not null)
    on conflict (org) do update set receipts = kept.receipts + excluded.receipts;
$sql$ $$;

call pg_temp.keep('receipt', '{insert}', 'org_id', pg_temp.count_receipts());

-- A receipt that comes under its org has its commission with it, and has a new number with it; life and
-- number in it stay.
call pg_temp.keep('receipt', '{update}', 'org_id, life_id, seq, arrival',
    pg_temp.count_receipts() || $sql$
    with changed as ({changed}), moved as (
        select judged.sign, judged.org_id, after.life_id, 1 as parts, 0 as paid, 0 as merchant,
               0 as keeper_fees, 0 as refunded, commission.amount as accrued
        from (select * from changed where sign = 1) after
        join (select * from changed where sign = -1) before using (life_id, seq)
        join commission on commission.arrival = after.arrival
        cross join lateral (values (1, after.org_id), (-1, before.org_id)) judged (sign, org_id)
        where before.org_id is distinct from after.org_id
    )
$sql$ || pg_temp.add_money());

-- Before `receipt_forgets_money`, in the order of the names: after it there is no commission to see.
call pg_temp.keep('receipt', '{delete}', 'org_id, life_id, arrival',
    pg_temp.count_receipts() || $sql$
    with changed as ({changed}), moved as (
        select changed.sign, changed.org_id, changed.life_id, 1 as parts, 0 as paid, 0 as merchant,
               0 as keeper_fees, 0 as refunded, commission.amount as accrued
        from changed join commission using (arrival)
    )
$sql$ || pg_temp.add_money());

-- Commission is stored before the payment or the refund that it is of, and counts with it: so each life is
-- looked up once. The release before stores it behind them.
create function pg_temp.shares() returns text language sql as $$ select $sql$
    shares as (
        select arrival, count(*) as parts, sum(amount) as accrued
        from commission
        where arrival between (select min(arrival) from fresh) and (select max(arrival) from fresh)
        group by arrival
    )
$sql$ $$;
call pg_temp.keep('charge', '{insert}', 'arrival, org_id, life_id, debit, merchant, keeper_fee', $sql$
    with changed as ({changed}), $sql$ || pg_temp.shares() || $sql$, moved as (
        select sign, org_id, life_id, 1 + coalesce(shares.parts, 0) as parts, debit as paid, merchant,
               keeper_fee as keeper_fees, 0 as refunded, coalesce(shares.accrued, 0) as accrued
        from changed left join shares using (arrival)
    )
$sql$ || pg_temp.add_money());
call pg_temp.keep('refund', '{insert}', 'arrival, org_id, life_id, amount', $sql$
    with changed as ({changed}), $sql$ || pg_temp.shares() || $sql$, moved as (
        select sign, org_id, life_id, 1 + coalesce(shares.parts, 0) as parts, 0 as paid, 0 as merchant,
               0 as keeper_fees, amount as refunded, coalesce(shares.accrued, 0) as accrued
        from changed left join shares using (arrival)
    )
$sql$ || pg_temp.add_money());
call pg_temp.keep('commission', '{insert}', 'arrival, amount', $sql$
    if exists (select from charge
               where arrival between (select min(arrival) from fresh) and (select max(arrival) from fresh))
        or exists (select from refund
                   where arrival between (select min(arrival) from fresh)
                                     and (select max(arrival) from fresh)) then
        with changed as ({changed}), moved as (
            select changed.sign, receipt.org_id, receipt.life_id, 1 as parts, 0 as paid, 0 as merchant,
                   0 as keeper_fees, 0 as refunded, changed.amount as accrued
            from changed join receipt using (arrival)
            where exists (select from charge where charge.arrival = receipt.arrival)
               or exists (select from refund where refund.arrival = receipt.arrival)
        )
        $sql$ || pg_temp.add_money() || $sql$
    end if;
$sql$);

call pg_temp.keep('charge', '{update, delete}', 'org_id, life_id, debit, merchant, keeper_fee', $sql$
    with changed as ({changed}), moved as (
        select sign, org_id, life_id, 1 as parts, debit as paid, merchant,
               keeper_fee as keeper_fees, 0 as refunded, 0 as accrued
        from changed
    )
$sql$ || pg_temp.add_money());

call pg_temp.keep('refund', '{update, delete}', 'org_id, life_id, amount', $sql$
    with changed as ({changed}), moved as (
        select sign, org_id, life_id, 1 as parts, 0 as paid, 0 as merchant, 0 as keeper_fees,
               amount as refunded, 0 as accrued
        from changed
    )
$sql$ || pg_temp.add_money());

-- What a life is paid in may be known later than what it paid; then all of that is added. It never
-- changes after that.
call pg_temp.keep('life', '{update}', 'id, mint', $sql$
    with changed as ({changed}), moved as (
        select 1 as sign, money_moved.*
        from (select * from changed where sign = 1 and mint is not null) after
        join (select * from changed where sign = -1 and mint is null) before using (id)
        join receipt on receipt.life_id = after.id
        join money_moved on money_moved.arrival = receipt.arrival
    )
$sql$ || pg_temp.add_money());

drop procedure pg_temp.keep;
drop function pg_temp.count_active, pg_temp.count_receipts, pg_temp.add_money,
    pg_temp.shares;

-- Takes out what the clock passes.
create function cursor_sums() returns trigger language plpgsql as $$
begin
    if new.applied_at < old.applied_at then
        perform sums_again();
        return null;
    end if;
    with passed as (
        delete from org_expiry where expires_at <= new.applied_at returning org, points
    )
    insert into org_sum as kept (org, points)
    select org, -sum(points) from passed
    group by grouping sets ((org), ())
    having count(*) > 0
    on conflict (org) do update set points = kept.points + excluded.points;

    with passed as (
        select address from subscription
        where in_time_until > old.applied_at and in_time_until <= new.applied_at
        union
        select subscription.address
        from plan
        join subscription on subscription.plan = plan.address
            and subscription.in_time_until > old.applied_at
        where plan.ends_at > old.applied_at and plan.ends_at <= new.applied_at
        union
        select subscription.address
        from plan
        join subscription on subscription.pending_plan = plan.address
            and subscription.in_time_until > old.applied_at
        where plan.ends_at > old.applied_at and plan.ends_at <= new.applied_at
    ), counted as (
        select plan.org, moment.sign
        from passed
        join subscription using (address)
        left join plan on plan.address = subscription.plan
        left join plan pending on pending.address = subscription.pending_plan
        left join authority on authority.token_account = subscription.payer_token
        cross join lateral (values (1, new.applied_at), (-1, old.applied_at)) moment (sign, at)
        where subscription.in_time_until > moment.at
          and not plan_is_over(moment.at, subscription.next_due,
                  case when subscription.pending_plan is null then plan.ends_at
                       else pending.ends_at end)
          and not is_revoked(authority.closed, authority.generation, subscription.authority_generation)
    )
    insert into org_sum as kept (org, active_subscriptions)
    select org, sum(sign) from counted
    group by grouping sets ((org), ())
    having sum(sign) <> 0 and (grouping(org) = 1 or org is not null)
    on conflict (org) do update
    set active_subscriptions = kept.active_subscriptions + excluded.active_subscriptions;
    return null;
end
$$;
create trigger cursor_sums after update on cursor for each row
    when (new.applied_at <> old.applied_at)
    execute function cursor_sums();

-- All sums from all rows: for what is there now, and for what no writer of the mirror does.
create function sums_again() returns void language plpgsql as $$
begin
    delete from org_sum;
    delete from org_mint_sum;
    delete from org_expiry;

    insert into org_sum (org, members, points, lifetime_points, active_subscriptions, receipts)
    select org, sum(members), sum(points), sum(lifetime_points), sum(active), sum(receipts)
    from (
        select org, 1 as members,
               points - (select coalesce(sum(bucket.points), 0)
                         from unnest(expiring_points, expires_at) bucket (points, expires_at)
                         where bucket.expires_at <= sums_now()) as points,
               lifetime_points, 0 as active, 0::bigint as receipts
        from member where not closed
        union all
        select plan.org, 0, 0, 0, 1, 0
        from subscription_now standing left join plan on plan.address = standing.plan
        where in_time and not (stored).closed
        union all
        select life.address, 0, 0, 0, 0, by_life.receipts
        from (select org_id, count(*) as receipts from receipt group by org_id) by_life
        left join life on life.id = by_life.org_id
    ) part
    group by grouping sets ((org), ())
    having count(*) > 0 and (grouping(org) = 1 or org is not null);

    insert into org_expiry (org, expires_at, points)
    select org, bucket.expires_at, sum(bucket.points)
    from member
    cross join lateral unnest(expiring_points, member.expires_at) bucket (points, expires_at)
    where not closed and bucket.points > 0 and bucket.expires_at > sums_now()
    group by org, bucket.expires_at;

    insert into org_mint_sum (org, mint, parts, paid, merchant, keeper_fees, refunded, accrued, held,
                              claimable, claimed)
    select org, mint, sum(parts), sum(paid), sum(merchant), sum(keeper_fees), sum(refunded),
           sum(accrued), sum(held), sum(claimable), sum(claimed)
    from (
        select org.address as org, life.mint, 1 as parts, paid, merchant, keeper_fees, refunded,
               accrued, 0 as held, 0 as claimable, 0 as claimed
        from money_moved
        join life on life.id = money_moved.life_id
        left join life org on org.id = money_moved.org_id
        where life.mint is not null
        union all
        select org, mint, 1, 0, 0, 0, 0, 0, held + queued, claimable, claimed from ledger
    ) part
    group by grouping sets ((org, mint), (mint))
    having grouping(org) = 1 or org is not null;
end
$$;
create function sums_are_made_again() returns trigger language plpgsql as $$
begin
    perform sums_again();
    return null;
end
$$;
do $$
declare
    emptied text;
begin
    foreach emptied in array array[
        'cursor', 'life', 'receipt', 'charge', 'refund', 'commission', 'member', 'ledger',
        'subscription', 'plan', 'authority']
    loop
        execute format(
            'create trigger %1$s_emptied after truncate on %1$s for each statement '
            'execute function sums_are_made_again()', emptied);
    end loop;
end
$$;

do $$ begin perform sums_again(); end $$;

grant select on org_sum, org_mint_sum, org_expiry, money_moved to tessera_tenant;
