//! Charge models from JSON.

use super::{ChargeModel, Tier};
use crate::pricing::{
    decimal_text,
    kind::{given, only},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::Error};

/// The fields of all models.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    model: Model,
    #[serde(default, with = "decimal_text::option")]
    amount: Option<Decimal>,
    tiers: Option<Vec<Tier>>,
    package_size: Option<u64>,
    free_units: Option<u64>,
    #[serde(default, with = "decimal_text::option")]
    rate: Option<Decimal>,
    #[serde(default, with = "decimal_text::option")]
    fixed_fee: Option<Decimal>,
    #[serde(default, with = "decimal_text::option")]
    minimum: Option<Decimal>,
    #[serde(default, with = "decimal_text::option")]
    maximum: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Model {
    Flat,
    Graduated,
    Volume,
    Package,
    Percentage,
}

impl Fields {
    fn only<E: Error>(&self, known: &'static [&'static str]) -> Result<(), E> {
        let fields = [
            ("amount", self.amount.is_some()),
            ("tiers", self.tiers.is_some()),
            ("package_size", self.package_size.is_some()),
            ("free_units", self.free_units.is_some()),
            ("rate", self.rate.is_some()),
            ("fixed_fee", self.fixed_fee.is_some()),
            ("minimum", self.minimum.is_some()),
            ("maximum", self.maximum.is_some()),
        ];
        only(&fields, known)
    }
}

impl<'de> Deserialize<'de> for ChargeModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        match fields.model {
            Model::Flat => {
                fields.only(&["model", "amount"])?;
                let amount = given(fields.amount, "amount")?;
                Ok(Self::Flat { amount })
            }
            Model::Graduated => {
                fields.only(&["model", "tiers"])?;
                let tiers = given(fields.tiers, "tiers")?;
                Ok(Self::Graduated { tiers })
            }
            Model::Volume => {
                fields.only(&["model", "tiers"])?;
                let tiers = given(fields.tiers, "tiers")?;
                Ok(Self::Volume { tiers })
            }
            Model::Package => {
                fields.only(&["model", "amount", "package_size", "free_units"])?;
                Ok(Self::Package {
                    amount: given(fields.amount, "amount")?,
                    package_size: given(fields.package_size, "package_size")?,
                    free_units: fields.free_units.unwrap_or_default(),
                })
            }
            Model::Percentage => {
                fields.only(&["model", "rate", "fixed_fee", "minimum", "maximum"])?;
                Ok(Self::Percentage {
                    rate: given(fields.rate, "rate")?,
                    fixed_fee: given(fields.fixed_fee, "fixed_fee")?,
                    minimum: fields.minimum,
                    maximum: fields.maximum,
                })
            }
        }
    }
}
