//! How the next token is chosen.

use std::collections::HashMap;
use std::collections::VecDeque;

use oro_components::llm::{AiError, LOGPROBS_MAX, Sampling};

/// Most tokens that are biased.
const LOGIT_BIAS_MAX: usize = 65_536;

/// Chooses tokens for one text. The same seed and logits give the same tokens.
#[derive(Debug)]
pub(super) struct Sampler {
    sampling: Sampling,
    random: Random,
    /// The last tokens, for the penalty of repetition.
    recent: VecDeque<i32>,
    /// How often each token was generated.
    counts: HashMap<i32, u32>,
    /// What tokens are sampled from; kept to be used again.
    candidates: Vec<Candidate>,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    token: i32,
    logit: f32,
}

/// Tokens with the logarithms of their probabilities.
pub(super) type Likely = Vec<(i32, f32)>;

impl Sampler {
    /// Chooses by `sampling`, whose numbers [`check`] has accepted.
    pub fn new(sampling: Sampling, seed: u32, prompt: &[i32]) -> Self {
        let last_n = sampling.penalties.last_n as usize;
        let recent = prompt[prompt.len().saturating_sub(last_n)..]
            .iter()
            .copied();
        Self {
            recent: recent.collect(),
            random: Random(u64::from(seed)),
            counts: HashMap::new(),
            candidates: Vec::new(),
            sampling,
        }
    }

    /// Changes logits by biases and penalties.
    pub fn adjust(&self, logits: &mut [f32]) {
        let penalties = &self.sampling.penalties;
        if (penalties.repeat - 1.0).abs() > f32::EPSILON {
            let mut seen: Vec<i32> = self.recent.iter().copied().collect();
            seen.sort_unstable();
            seen.dedup();
            for token in seen {
                if let Some(logit) = at(logits, token) {
                    *logit = if *logit > 0.0 {
                        *logit / penalties.repeat
                    } else {
                        *logit * penalties.repeat
                    };
                }
            }
        }
        if penalties.frequency != 0.0 || penalties.presence != 0.0 {
            for (token, count) in &self.counts {
                if let Some(logit) = at(logits, *token) {
                    *logit -= *count as f32 * penalties.frequency + penalties.presence;
                }
            }
        }
        for (token, bias) in &self.sampling.logit_bias {
            if let Some(logit) = at(logits, *token) {
                *logit += bias;
            }
        }
    }

    /// Whether [`adjust`](Self::adjust) would change anything.
    pub fn adjusts(&self) -> bool {
        let penalties = &self.sampling.penalties;
        (penalties.repeat - 1.0).abs() > f32::EPSILON
            || penalties.frequency != 0.0
            || penalties.presence != 0.0
            || !self.sampling.logit_bias.is_empty()
    }

    /// Chooses. `None` if no token can be: all are forbidden, or none has a number.
    pub fn choose(&mut self, logits: &[f32]) -> Option<i32> {
        if self.sampling.temperature <= 0.0 || self.sampling.top_k == 1 {
            return likeliest(logits);
        }
        self.gather(logits);
        self.cut();
        self.draw()
    }

    /// Notes that a token was taken.
    pub fn accept(&mut self, token: i32) {
        *self.counts.entry(token).or_default() += 1;
        self.recent.push_back(token);
        if self.recent.len() > self.sampling.penalties.last_n as usize {
            self.recent.pop_front();
        }
    }

    /// Collects the likeliest tokens, in their order.
    fn gather(&mut self, logits: &[f32]) {
        self.candidates.clear();
        let all = (0..).zip(logits.iter());
        let all = all.filter(|(_, logit)| logit.is_finite());
        let k = self.sampling.top_k as usize;
        if k == 0 || k >= logits.len() {
            let all = all.map(|(token, logit)| Candidate {
                token,
                logit: *logit,
            });
            self.candidates.extend(all);
        } else {
            // A buffer of twice as many is cut in half whenever it is full: for a few out of many
            // this is one pass over the logits, and most of them are below the least one kept.
            let mut least = f32::NEG_INFINITY;
            for (token, logit) in all {
                if *logit < least {
                    continue;
                }
                self.candidates.push(Candidate {
                    token,
                    logit: *logit,
                });
                if self.candidates.len() >= 2 * k {
                    self.candidates.select_nth_unstable_by(k - 1, order);
                    self.candidates.truncate(k);
                    least = self.candidates[k - 1].logit;
                }
            }
        }
        self.candidates.sort_unstable_by(order);
        if k > 0 {
            self.candidates.truncate(k);
        }
    }

    /// Takes out what is too unlikely, always keeping one.
    fn cut(&mut self) {
        let Some(first) = self.candidates.first().copied() else {
            return;
        };
        let Sampling { top_p, min_p, .. } = self.sampling;
        if top_p < 1.0 {
            let weight = |candidate: &Candidate| f64::from(candidate.logit - first.logit).exp();
            let total: f64 = self.candidates.iter().map(weight).sum();
            let mut sum = 0.0;
            let end = self.candidates.iter().position(|candidate| {
                sum += weight(candidate);
                sum >= f64::from(top_p) * total
            });
            self.candidates
                .truncate(end.map_or(usize::MAX, |end| end + 1));
        }
        if min_p > 0.0 {
            let least = first.logit + min_p.ln();
            let end = self.candidates.iter().position(|it| it.logit < least);
            self.candidates.truncate(end.unwrap_or(usize::MAX).max(1));
        }
    }

    fn draw(&mut self) -> Option<i32> {
        let first = self.candidates.first()?.logit;
        let temperature = f64::from(self.sampling.temperature);
        let weight = |it: &Candidate| (f64::from(it.logit - first) / temperature).exp();
        let total: f64 = self.candidates.iter().map(weight).sum();
        let mut left = self.random.next() * total;
        for candidate in &self.candidates {
            left -= weight(candidate);
            if left < 0.0 {
                return Some(candidate.token);
            }
        }
        self.candidates.last().map(|it| it.token)
    }
}

/// The likelier first; of equal ones the one with the smaller number, so that it is repeatable.
fn order(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    b.logit
        .total_cmp(&a.logit)
        .then_with(|| a.token.cmp(&b.token))
}

fn at(logits: &mut [f32], token: i32) -> Option<&mut f32> {
    logits.get_mut(usize::try_from(token).ok()?)
}

/// The first of the likeliest tokens.
fn likeliest(logits: &[f32]) -> Option<i32> {
    // Two passes without branches are faster than one that looks at positions.
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if !max.is_finite() {
        return None;
    }
    let at = logits.iter().position(|logit| *logit >= max)?;
    i32::try_from(at).ok()
}

/// The logarithms of the probabilities of a token and of the `count` likeliest ones.
pub(super) fn log_probabilities(logits: &[f32], token: i32, count: u8) -> (f32, Likely) {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|it| f64::from(it - max).exp()).sum();
    let log = |logit: f32| (f64::from(logit - max) - sum.ln()) as f32;
    let mut top: Vec<Candidate> = Vec::new();
    let count = usize::from(count.min(LOGPROBS_MAX));
    for (token, logit) in (0..).zip(logits.iter()) {
        let candidate = Candidate {
            token,
            logit: *logit,
        };
        let place = top.partition_point(|it| order(it, &candidate).is_lt());
        if place < count {
            top.insert(place, candidate);
            top.truncate(count);
        }
    }
    let chosen = usize::try_from(token).ok().and_then(|at| logits.get(at));
    let likely = top.iter().map(|it| (it.token, log(it.logit)));
    (
        chosen.map_or(f32::NEG_INFINITY, |logit| log(*logit)),
        likely.collect(),
    )
}

/// Refuses numbers that mean nothing, naming them.
pub(super) fn check(sampling: &Sampling) -> Result<(), AiError> {
    let penalties = &sampling.penalties;
    let ranges = [
        ("temperature", sampling.temperature, 0.0, 100.0),
        ("top_p", sampling.top_p, 0.0, 1.0),
        ("min_p", sampling.min_p, 0.0, 1.0),
        ("repeat_penalty", penalties.repeat, 0.01, 100.0),
        ("frequency_penalty", penalties.frequency, -2.0, 2.0),
        ("presence_penalty", penalties.presence, -2.0, 2.0),
    ];
    for (name, value, min, max) in ranges {
        if !(min..=max).contains(&value) {
            let reason = format!("{value} is not between {min} and {max}");
            return Err(AiError::parameter(name, reason));
        }
    }
    if sampling.logit_bias.len() > LOGIT_BIAS_MAX {
        let reason = format!("more than {LOGIT_BIAS_MAX} tokens");
        return Err(AiError::parameter("logit_bias", reason));
    }
    let wrong = |(_, bias): &&(i32, f32)| bias.is_nan() || *bias == f32::INFINITY;
    if let Some((token, bias)) = sampling.logit_bias.iter().find(wrong) {
        let reason = format!("{bias} for token {token}");
        return Err(AiError::parameter("logit_bias", reason));
    }
    Ok(())
}

/// Random numbers that a seed determines: SplitMix64, whose every state is as good as any other.
#[derive(Debug)]
struct Random(u64);

impl Random {
    /// A number from 0 to 1, without 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oro_components::llm::Penalties;

    fn sampler(sampling: Sampling, seed: u32) -> Sampler {
        Sampler::new(sampling, seed, &[])
    }

    /// What 10 000 draws give, as parts of all.
    fn parts(sampling: &Sampling, logits: &[f32]) -> Vec<f64> {
        let mut sampler = sampler(sampling.clone(), 7);
        let mut counts = vec![0; logits.len()];
        for _ in 0..10_000 {
            counts[sampler.choose(logits).unwrap() as usize] += 1;
        }
        counts.iter().map(|it| f64::from(*it) / 10_000.0).collect()
    }

    #[test]
    fn draws_follow_the_probabilities_that_are_left() {
        let all = Sampling {
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            ..Sampling::default()
        };
        // Probabilities 0.4, 0.3, 0.2 and 0.1, in another order.
        let logits = [0.2_f32, 0.4, 0.1, 0.3].map(f32::ln);
        let check = |sampling: Sampling, want: [f64; 4]| {
            let got = parts(&sampling, &logits);
            let near = got
                .iter()
                .zip(want)
                .all(|(got, want)| (got - want).abs() < 0.02);
            assert!(near, "{sampling:?}: {got:?}");
        };
        check(all.clone(), [0.2, 0.4, 0.1, 0.3]);
        check(
            Sampling {
                top_k: 2,
                ..all.clone()
            },
            [0.0, 4.0 / 7.0, 0.0, 3.0 / 7.0],
        );
        check(
            Sampling {
                top_k: 1,
                ..all.clone()
            },
            [0.0, 1.0, 0.0, 0.0],
        );
        check(
            Sampling {
                top_p: 0.65,
                ..all.clone()
            },
            [0.0, 4.0 / 7.0, 0.0, 3.0 / 7.0],
        );
        check(
            Sampling {
                top_p: 0.0,
                ..all.clone()
            },
            [0.0, 1.0, 0.0, 0.0],
        );
        check(
            Sampling {
                min_p: 0.45,
                ..all.clone()
            },
            [2.0 / 9.0, 4.0 / 9.0, 0.0, 3.0 / 9.0],
        );
        check(
            Sampling {
                temperature: 0.0,
                ..all.clone()
            },
            [0.0, 1.0, 0.0, 0.0],
        );
        let hot = [0.2_f64, 0.4, 0.1, 0.3].map(f64::sqrt);
        let sum: f64 = hot.iter().sum();
        check(
            Sampling {
                temperature: 2.0,
                ..all
            },
            hot.map(|it| it / sum),
        );
    }

    #[test]
    fn the_likeliest_of_many_are_found_in_order() {
        let mut random = Random(3);
        let logits: Vec<f32> = (0..5_000).map(|_| random.next() as f32).collect();
        let mut sorted: Vec<i32> = (0..5_000).collect();
        sorted.sort_by(|a, b| logits[*b as usize].total_cmp(&logits[*a as usize]));
        for k in [2, 3, 40, 4_999] {
            let mut sampler = sampler(
                Sampling {
                    top_k: k,
                    ..Sampling::default()
                },
                0,
            );
            sampler.gather(&logits);
            let got: Vec<i32> = sampler.candidates.iter().map(|it| it.token).collect();
            assert_eq!(got, sorted[..k as usize], "{k}");
        }
    }

    #[test]
    fn seeds_repeat_and_differ() {
        let text = |seed| {
            let mut sampler = sampler(
                Sampling {
                    top_k: 0,
                    ..Sampling::default()
                },
                seed,
            );
            let draws = (0..32).map(|_| sampler.choose(&[0.0; 100]));
            draws.collect::<Vec<_>>()
        };
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn what_is_not_a_number_or_forbidden_is_never_chosen() {
        let forbid = |tokens: &[i32]| Sampling {
            logit_bias: tokens.iter().map(|it| (*it, f32::NEG_INFINITY)).collect(),
            ..Sampling::default()
        };
        for temperature in [0.0, 0.8] {
            for (logits, forbidden, want) in [
                (vec![f32::NAN, 1.0], vec![], Some(1)),
                (vec![3.0, 1.0], vec![0], Some(1)),
                (vec![3.0, 1.0], vec![0, 1], None),
                (vec![f32::NAN; 3], vec![], None),
            ] {
                let sampling = Sampling {
                    temperature,
                    ..forbid(&forbidden)
                };
                let mut sampler = sampler(sampling, 0);
                let mut adjusted = logits.clone();
                sampler.adjust(&mut adjusted);
                assert_eq!(sampler.choose(&adjusted), want, "{logits:?} {forbidden:?}");
            }
        }
    }

    #[test]
    fn penalties_count_what_was_generated() {
        let penalties = Penalties {
            last_n: 2,
            repeat: 2.0,
            frequency: 0.5,
            presence: 0.25,
        };
        let sampling = Sampling {
            penalties,
            ..Sampling::default()
        };
        let mut sampler = Sampler::new(sampling, 0, &[9, 0, 1]);
        let adjusted = |sampler: &Sampler| {
            let mut logits = [4.0, -4.0, 4.0];
            sampler.adjust(&mut logits);
            logits
        };
        assert_eq!(
            adjusted(&sampler),
            [2.0, -8.0, 4.0],
            "the end of the prompt repeats"
        );
        sampler.accept(2);
        sampler.accept(2);
        assert_eq!(
            adjusted(&sampler),
            [4.0, -4.0, 2.0 - 1.25],
            "only the last two repeat"
        );
    }

    #[test]
    fn logarithms_of_probabilities_are_those_of_all_tokens() {
        let logits = [0.2_f32, 0.4, 0.1, 0.3].map(|it| it.ln() + 5.0);
        let (chosen, top) = log_probabilities(&logits, 2, 2);
        let near = |got: f32, want: f32| assert!((got - want.ln()).abs() < 1e-5, "{got} {want}");
        near(chosen, 0.1);
        assert_eq!(top.iter().map(|it| it.0).collect::<Vec<_>>(), [1, 3]);
        near(top[0].1, 0.4);
        near(top[1].1, 0.3);
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let check_one = |sampling: Sampling, want: &str| {
            let got = check(&sampling).unwrap_err().to_string();
            assert_eq!(got, want);
        };
        let default = Sampling::default;
        check_one(
            Sampling {
                temperature: -5.0,
                ..default()
            },
            "Invalid 'temperature': -5 is not between 0 and 100",
        );
        check_one(
            Sampling {
                top_p: f32::NAN,
                ..default()
            },
            "Invalid 'top_p': NaN is not between 0 and 1",
        );
        check_one(
            Sampling {
                logit_bias: vec![(3, f32::NAN)],
                ..default()
            },
            "Invalid 'logit_bias': NaN for token 3",
        );
        assert_eq!(check(&default()), Ok(()));
    }
}
