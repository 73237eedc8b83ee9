//! The split of leads into training, calibration and test. A lead's part follows from its own hash,
//! so it does not change as other leads come and go, and a test lead is never used for training
//! later.

/// A part of the leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Three fifths: the coefficients are fitted on them.
    Training,
    /// One fifth: the probabilities are calibrated on them.
    Calibration,
    /// One fifth: the model is measured on them.
    Test,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Training, Self::Calibration, Self::Test];

    /// The part of the lead whose id has this hash: a well mixed one, such as 8 bytes of its SHA-256.
    pub fn of(hash: u64) -> Self {
        match hash % 5 {
            0..=2 => Self::Training,
            3 => Self::Calibration,
            _ => Self::Test,
        }
    }
}
