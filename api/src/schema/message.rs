//! Messages: templates, and the policy of sending them.

use super::{
    experiment::KEY,
    journey::CLOCK,
    parts::{
        With, any_text, choice, list, map, object, only, or_null, text, this, this_or_null, whole,
    },
    registry::NAME,
    segment::TraitTest,
    stand_ins,
};
use serde_json::json;
use tessera_domain::automation::{
    audience,
    delivery::{MAX_CAP_DAYS, MAX_CAPS, MAX_DOMAINS, MAX_PER_CAP, MAX_PER_HOUR, Reason},
    template::{
        self, Channel, MAX_BLOCKS, MAX_LOCALES, MAX_PRIORITY, MAX_TEXT_BYTES, MAX_TEXTS_OF_BLOCK,
        MAX_TITLE_BYTES, Purpose,
    },
};
use utoipa::openapi::{OneOfBuilder, schema::Type};

stand_ins! {
    /// [`tessera_domain::automation::template::Channel`].
    MessageChannel() {
        choice("How a message reaches a person.", Channel::ALL.map(Channel::as_str)).examples(["mail"])
    }

    /// [`tessera_domain::automation::template::Purpose`].
    MessagePurpose() {
        choice("What a message is for.", Purpose::ALL.map(Purpose::as_str))
    }

    /// [`tessera_domain::automation::template::OnUncertain`].
    OnUncertain() {
        choice(
            "`resend`: it is sent again under the same Message-ID, and may come twice. `drop`: it is left as it is, \
             and may never come.",
            template::OnUncertain::ALL.map(template::OnUncertain::as_str),
        )
    }

    /// Why a message is in its status.
    MessageReason() {
        let others = ["asked_again", "uncertain"];
        choice(
            "Why a message is in its status.",
            Reason::ALL.map(Reason::as_str).into_iter().chain(others),
        )
    }

    /// The tag of a language.
    LanguageTag() {
        any_text("The tag of a language, as in BCP 47.", "pt-BR").max_length(Some(35)).pattern(Some(TAG))
    }

    /// [`tessera_domain::automation::template::Parts`].
    TemplateParts() {
        let part = |about: &str, most: usize, example: &str| {
            or_null(any_text(about, example).min_length(Some(1)).max_length(Some(most)), Type::String)
        };
        object("The texts in one language. A mail has a subject, a text and may have HTML; an inbox's message a title \
                and a body; a wallet's a text. Both may have an address.")
            .may("subject", part("The subject of a mail.", MAX_TITLE_BYTES, "Hello {{ person.first_name }}"))
            .may("html", part("A mail as HTML; what is filled in is escaped.", MAX_TEXT_BYTES, "<p>Hello</p>"))
            .may("text", part("A mail, or what a wallet shows, as plain text.", MAX_TEXT_BYTES, "Hello"))
            .may("title", part("The title in an inbox.", MAX_TITLE_BYTES, "Your trial ends"))
            .may("body", part("What is said in an inbox.", MAX_TEXT_BYTES, "Subscribe to keep your dashboards."))
            .may("action_url", part(
                "Where an inbox's or a wallet's message leads: https, and a host that is filled in with nothing.",
                MAX_TITLE_BYTES,
                "https://example.com/plans",
            ))
    }

    /// Texts by language.
    TemplateLocales(TemplateParts) {
        map("The texts by language.", this::<TemplateParts>())
            .property_names(Some(any_text("The tag of a language.", "en").max_length(Some(35)).pattern(Some(TAG)).build()))
            .min_properties(Some(1))
            .max_properties(Some(MAX_LOCALES))
            .examples([json!({ "en": { "subject": "Welcome", "text": "Hello {{ person.first_name }}" } })])
    }

    /// [`tessera_domain::automation::template::Block`].
    TemplateBlock(TemplateTest) {
        object("A text, and whom it is for.")
            .may("when", list("What must hold; nothing in the last text.", this::<TemplateTest>(), 0..=10))
            .must("text", any_text("The text, as it is.", "Your account manager is there for you."))
    }

    /// [`tessera_domain::automation::template::Test`].
    TemplateTest(TraitTest) {
        let segment = |about: &str| any_text(about, "trial_ending").pattern(Some(NAME));
        OneOfBuilder::new()
            .description(Some("What must hold of a person: an object with exactly one of these fields."))
            .item(only("trait", this::<TraitTest>()))
            .item(only("arm", object("That they see this arm of an experiment; by a bandit, the one that it deals them.")
                .must("experiment", any_text("The experiment's key.", "subject").pattern(Some(KEY)))
                .must("arm", any_text("The arm's key.", "b").pattern(Some(KEY)))))
            .item(only("in_segment", segment("A segment that they are a member of.")))
            .item(only("not_in_segment", segment("A segment that they are no member of.")))
    }

    /// Blocks by name.
    TemplateBlocks(TemplateBlock) {
        let texts = list("Texts, of which the first that fits is said.", this::<TemplateBlock>(), 1..=MAX_TEXTS_OF_BLOCK);
        map("Blocks by name.", utoipa::openapi::RefOr::T(texts.into()))
            .property_names(Some(any_text("The block's name.", "offer").pattern(Some(NAME)).build()))
            .max_properties(Some(MAX_BLOCKS))
    }

    /// [`tessera_domain::automation::template::Template`].
    Template(MessageChannel, MessagePurpose, OnUncertain, LanguageTag, TemplateLocales, TemplateBlocks) {
        let fallbacks = map(
            "What stands where a person lacks a trait, or an event a property.",
            any_text("The text.", "there").into(),
        );
        object("What is said to a person, in the languages that it is said in.")
            .must("channel", this::<MessageChannel>())
            .must("purpose", this::<MessagePurpose>())
            .must("topic", any_text("What it is about.", "product_news").pattern(Some(NAME)))
            .may("priority", whole("Higher ones go first.", 0..=u32::from(MAX_PRIORITY), 5))
            .must("on_uncertain", this::<OnUncertain>())
            .must("default_locale", this::<LanguageTag>())
            .must("locales", this::<TemplateLocales>())
            .may("fallbacks", fallbacks)
            .may("blocks", this::<TemplateBlocks>())
    }

    /// [`tessera_domain::automation::delivery::DeliveryPolicy`].
    DeliveryPolicy(DeliveryCap, QuietHours, WarmUp, DomainRates) {
        object("What holds for all messages of an organisation.")
            .may("caps", list("How much marketing a person gets, over all channels.", this::<DeliveryCap>(), 0..=MAX_CAPS))
            .may("quiet_hours", this_or_null::<QuietHours>("Hours in which no marketing is sent."))
            .may("warm_up", this_or_null::<WarmUp>(
                "How the first mails of a sender become more from day to day, until mail servers know it."))
            .may("domain_rates", this_or_null::<DomainRates>("How many mails an hour go to one recipient's domain."))
            .examples([json!({
                "caps": [{ "days": 7, "most": 3 }],
                "quiet_hours": { "from": "21:00", "until": "08:00", "zone": "Europe/Zurich" }
            })])
    }

    /// [`tessera_domain::automation::delivery::Cap`].
    DeliveryCap() {
        object("At most so many messages in so many days.")
            .must("days", whole("Days before now.", 1..=MAX_CAP_DAYS, 7))
            .must("most", whole("Messages.", 1..=MAX_PER_CAP, 3))
    }

    /// [`tessera_domain::automation::delivery::DomainRates`].
    DomainRates() {
        let rate = |about: &str| whole(about, 1..=MAX_PER_HOUR, 500);
        let domains = map("Mails within any hour to each of these domains.", rate("Mails.").into())
            .property_names(Some(
                any_text("A domain as it stands in addresses.", "gmail.com").pattern(Some(MAIL_DOMAIN)).build(),
            ))
            .max_properties(Some(MAX_DOMAINS))
            .examples([json!({ "gmail.com": 500 })]);
        object("So many mails within any hour to one domain; what is over waits, and holds up no other domain's mail.")
            .may("per_hour", or_null(rate("Mails to each domain that is not named."), Type::Integer))
            .may("domains", domains)
    }

    /// [`tessera_domain::automation::audience::AudienceFormat`].
    AudienceFormat() {
        choice(
            "The platform that is to read an export.",
            audience::AudienceFormat::ALL.map(audience::AudienceFormat::as_str),
        )
        .examples(["google_customer_match"])
    }

    /// [`tessera_domain::automation::delivery::QuietHours`].
    QuietHours() {
        let time = |about: &str, example: &str| any_text(about, example).pattern(Some(CLOCK));
        object("Hours of each day, by the clocks of the person's zone.")
            .must("from", time("The first minute that is quiet.", "21:00"))
            .must("until", time("The first minute that is not.", "08:00"))
            .must("zone", text("The zone of people of whom none is known, as in the IANA database.", 1..=64, "Europe/Zurich"))
    }

    /// [`tessera_domain::automation::delivery::WarmUp`].
    WarmUp() {
        object("So many mails on a sender's first day, and more on each day after.")
            .must("first_day", whole("Mails on the first day.", 1..=1_000_000, 50))
            .must("growth_percent", whole("How much a day may have more than the one before.", 1..=1_000, 50))
    }
}

/// The pattern of [`tessera_domain::automation::template::is_locale`].
const TAG: &str = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$";
/// The pattern of [`tessera_domain::people::is_mail_domain`], beside an address of one more character.
const MAIL_DOMAIN: &str = r"^(?!.{253})([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?![0-9]+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
