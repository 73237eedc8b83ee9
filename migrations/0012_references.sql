-- A reference from one row of an organisation to another carries the organisation, so that no row can
-- refer to another tenant's, whatever wrote it; and constraints and indexes are named
-- <table>_<columns>_<pkey, key, fkey, check, idx>. Events refer to people without a constraint: each
-- would lock its person's row once more on the way that every event takes.

alter table engine.person add constraint person_organisation_id_key unique (organisation, id);
alter index engine.person_canonical rename to person_organisation_canonical_idx;

alter table engine.identifier
    drop constraint identifier_person_fkey,
    add constraint identifier_organisation_person_fkey
        foreign key (organisation, person) references engine.person (organisation, id);
drop index engine.identifier_person;
create index identifier_organisation_person_idx on engine.identifier (organisation, person);

alter table engine.merge
    drop constraint merge_winner_fkey,
    drop constraint merge_loser_fkey,
    add constraint merge_organisation_winner_fkey
        foreign key (organisation, winner) references engine.person (organisation, id),
    add constraint merge_organisation_loser_fkey
        foreign key (organisation, loser) references engine.person (organisation, id);
alter index engine.merge_loser rename to merge_loser_standing_idx;
alter index engine.merge_winner rename to merge_winner_idx;
alter index engine.merge_ever_loser rename to merge_loser_idx;

alter table engine.deal
    add constraint deal_organisation_id_key unique (organisation, id),
    drop constraint deal_person_fkey,
    add constraint deal_organisation_person_fkey
        foreign key (organisation, person) references engine.person (organisation, id);
drop index engine.deal_organisation;
drop index engine.deal_person;
create index deal_organisation_person_idx on engine.deal (organisation, person);

alter table engine.stage_transition
    drop constraint stage_transition_deal_fkey,
    add constraint stage_transition_organisation_deal_fkey
        foreign key (organisation, deal) references engine.deal (organisation, id);
alter index engine.stage_transition_stage rename to stage_transition_organisation_to_stage_at_idx;

alter index engine.event_person rename to event_organisation_person_at_idx;
alter index engine.dead_letter_organisation rename to dead_letter_organisation_id_idx;
alter index engine.spend_order rename to spend_organisation_day_id_idx;
alter index engine.api_key_organisation rename to api_key_organisation_id_idx;
alter index engine.sign_in_nonce_expiry rename to sign_in_nonce_expires_at_idx;
alter index engine.idempotency_age rename to idempotency_created_at_idx;
