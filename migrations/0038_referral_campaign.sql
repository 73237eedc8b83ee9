-- Referral campaigns: the time for which a version takes referrals, where each referral stands, what people
-- decided about it, and invitations.

alter table engine.rule_set drop constraint rule_set_kind_check;
alter table engine.rule_set add constraint rule_set_kind_check
    check (kind in ('event_registry', 'scoring_model', 'price_book', 'funnel', 'segment', 'channel_rules',
                    'metric', 'experiment', 'journey', 'template', 'pipeline',
                    'referral_campaign'));

-- A version that was published. The times of a name's versions do not overlap, so a registration counts
-- for one of them.
create table engine.referral_campaign (
    organisation integer not null,
    name         text not null,
    version      integer not null,
    starts_at    timestamptz not null,
    -- As its rules say, or earlier when it was ended or another version took over.
    ends_at      timestamptz not null,
    -- From then on nothing changes in it any more.
    settled_at   timestamptz not null,
    -- The network's clock at the last evaluation.
    evaluated_at timestamptz,
    constraint referral_campaign_pkey primary key (organisation, name, version),
    constraint referral_campaign_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint referral_campaign_time_check check (starts_at <= ends_at and ends_at <= settled_at)
);

create table engine.referral (
    organisation integer not null,
    -- Follows from the campaign, its version and the referred wallet.
    id           uuid not null,
    campaign     text not null,
    version      integer not null,
    referrer     pubkey not null,
    referred     pubkey not null,
    state        text not null,
    -- All that the evaluation says: reason, progress, what is due and was released, what checks found.
    outcome      jsonb not null,
    -- Whether something was released.
    has_claims   boolean not null,
    evaluated_at timestamptz not null,
    constraint referral_pkey primary key (organisation, id),
    constraint referral_campaign_fkey foreign key (organisation, campaign, version)
        references engine.referral_campaign (organisation, name, version),
    constraint referral_state_check
        check (state in ('pending', 'qualified', 'held', 'released', 'rejected', 'expired'))
);
create index referral_organisation_campaign_idx on engine.referral (organisation, campaign, id);
create index referral_organisation_campaign_claims_idx
    on engine.referral (organisation, campaign, id) where has_claims;

create table engine.referral_decision (
    organisation integer not null,
    referral     uuid not null,
    -- From 1, in the order in which people decided.
    number       integer not null,
    decision     jsonb not null,
    decided_by   text not null,
    -- Null of who released what nothing held back.
    reason       text,
    decided_at   timestamptz not null,
    constraint referral_decision_pkey primary key (organisation, referral, number),
    constraint referral_decision_referral_fkey foreign key (organisation, referral)
        references engine.referral (organisation, id),
    constraint referral_decision_reason_check check (char_length(reason) <= 500)
);

-- Browsers of one identified person by which another one was named: they stay the first one's, and say
-- that both were on one device.
create table engine.shared_browser (
    organisation integer not null,
    digest       bytea not null,
    -- As they were then; merges do not rewrite it.
    person       uuid not null,
    first_seen   timestamptz not null,
    constraint shared_browser_pkey primary key (person, digest),
    constraint shared_browser_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint shared_browser_digest_check check (octet_length(digest) = 32)
);

create table engine.invitation (
    organisation integer not null,
    id           uuid not null,
    code         text not null,
    -- As they were then; merges do not rewrite it.
    inviter      uuid not null,
    -- Digest of the identifier of the only guest that it is for.
    guest        text,
    valid_from   timestamptz not null,
    valid_until  timestamptz not null,
    most_uses    integer not null,
    created_by   text not null,
    created_at   timestamptz not null,
    constraint invitation_pkey primary key (organisation, id),
    constraint invitation_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint invitation_uses_check check (most_uses > 0),
    constraint invitation_time_check check (valid_from < valid_until)
);
create index invitation_inviter_idx on engine.invitation (inviter);

create table engine.invitation_use (
    organisation integer not null,
    invitation   uuid not null,
    person       uuid not null,
    used_at      timestamptz not null,
    constraint invitation_use_pkey primary key (organisation, invitation, person),
    constraint invitation_use_invitation_fkey foreign key (organisation, invitation)
        references engine.invitation (organisation, id) on delete cascade
);
create index invitation_use_person_idx on engine.invitation_use (person);

-- Who does not want to be shown on a leader board; merges do not rewrite them.
create table engine.leader_board_refusal (
    organisation integer not null,
    person       uuid not null,
    refused_at   timestamptz not null,
    constraint leader_board_refusal_pkey primary key (person),
    constraint leader_board_refusal_organisation_fkey foreign key (organisation)
        references engine.organisation
);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['referral_campaign', 'referral', 'referral_decision', 'shared_browser',
                                        'invitation', 'invitation_use', 'leader_board_refusal'] loop
        execute format('alter table engine.%I enable row level security', tenant_table);
        execute format(
            'create policy tenant on engine.%I to tessera_tenant
             using ((organisation = engine.current_organisation()) is true)
             with check (organisation = engine.current_organisation())', tenant_table);
        execute format('grant select, insert, update, delete on engine.%I to tessera_tenant', tenant_table);
    end loop;
end $$;
