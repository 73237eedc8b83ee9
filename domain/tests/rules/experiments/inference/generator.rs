//! Numbers by a seed, and people with them.

use tessera_domain::experiments::moments::{Moments, Observation, VALUE, product};

/// The generator of Steele, Lea and Flood (2014).
pub(super) struct Generator(pub(super) u64);

impl Generator {
    /// Uniform from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits")]
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// How people's values are spread.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Normal around 10, with a deviation of 3.
    Normal,
    /// 1 with this chance, else 0.
    Rate(f64),
    /// A log-normal amount of one in ten, 0 of all others.
    Payments,
}

impl Kind {
    /// A person's value, in units.
    pub(super) fn draw(self, random: &mut Generator) -> f64 {
        match self {
            Self::Normal => 10.0 + 3.0 * random.normal(),
            Self::Rate(rate) => f64::from(random.uniform() < rate),
            Self::Payments if random.uniform() < 0.1 => (2.0 + random.normal()).exp(),
            Self::Payments => 0.0,
        }
    }
}

/// Units as millionths.
#[expect(clippy::cast_possible_truncation, reason = "values of tests are small")]
pub(super) fn micros(units: f64) -> i64 {
    (units * 1e6).round() as i64
}

/// The moments of people by their values.
pub(super) fn moments(people: impl IntoIterator<Item = [i64; 4]>) -> Moments {
    let mut all = Moments::default();
    for values in people {
        all.add(&Moments::of(Observation(values)), 1);
    }
    all
}

/// The moments of so many people of a kind, moved by `shift` units.
pub(super) fn crowd(random: &mut Generator, kind: Kind, people: usize, shift: f64) -> Moments {
    let (mut sum, mut squares) = (0_i128, 0_i128);
    for _ in 0..people {
        let value = i128::from(micros(kind.draw(random) + shift));
        sum += value;
        squares += value * value;
    }
    let mut all = Moments {
        people: i64::try_from(people).unwrap_or_default(),
        ..Moments::default()
    };
    all.sums[VALUE] = sum;
    all.products[product(VALUE, VALUE)] = squares;
    all
}

/// The first numbers of this seed, as they are published with other implementations of the generator.
#[test]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "53 bits"
)]
fn numbers_are_those_of_the_published_generator() {
    let mut random = Generator(1_234_567);
    for published in [
        6_457_827_717_110_365_317_u64,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
    ] {
        let bits = random.uniform() * (1_u64 << 53) as f64;
        assert_eq!(bits as u64, published >> 11);
    }
}
