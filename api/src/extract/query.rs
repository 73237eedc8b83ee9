//! A query string, consumed parameter by parameter; any left over was not understood.

use super::Param;
use crate::error::Error;
use axum::{extract, http::Uri};
use tessera_domain::refusal::Refusal;

/// The parameters not yet taken, and what was wrong with those that were.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<Refusal>,
}

impl Query {
    /// Splits and unescapes the query of `uri`.
    pub(crate) fn of(uri: &Uri) -> Result<Self, Error> {
        let extract::Query(pairs) = extract::Query::try_from_uri(uri)
            .map_err(|_| Error::refused("query", "must be percent-encoded UTF-8"))?;
        Ok(Self {
            pairs,
            known: Vec::new(),
            errors: Vec::new(),
        })
    }

    /// Takes a parameter that may be absent.
    pub(crate) fn take<T: Param>(&mut self, name: &'static str) -> Option<T> {
        let text = self.take_text(name)?;
        self.check(name, T::RULE, T::parse(&text))
    }

    /// Takes a parameter that may be absent, as it was given.
    pub(crate) fn take_text(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let mut values = self.pairs.extract_if(.., |(key, _)| key == name);
        let (_, text) = values.next()?;
        let repeated = values.count() > 0;
        if repeated {
            self.refuse(name, "must be given once");
            return None;
        }
        Some(text)
    }

    /// Notes that `name` breaks `rule` when there is no value.
    pub(crate) fn check<T>(&mut self, name: &str, rule: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.refuse(name, rule);
        }
        value
    }

    fn refuse(&mut self, name: &str, rule: &str) {
        self.errors.push(Refusal::new(name, rule));
    }

    /// Refuses the request if anything was wrong or remains.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let rule = match self.known.as_slice() {
            [] => "must not be there: this route takes no parameters".to_owned(),
            known => format!("must not be there; known are {}", known.join(", ")),
        };
        let mut unknown: Vec<String> = self.pairs.drain(..).map(|(name, _)| name).collect();
        unknown.dedup();
        for name in unknown {
            self.refuse(&name, &rule);
        }
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid(self.errors))
        }
    }
}
