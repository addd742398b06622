//! Reads a [`Spread`]: `20ms`, `uniform(10ms, 30ms)`, `lognormal(180ms, 0.4)`, `exponential(20ms)`.

use std::time::Duration;

use super::Spread;
use crate::units::{decimal, parse_duration};

pub(crate) const FORM: &str = "a duration, or `uniform(MIN, MAX)`, `lognormal(MEDIAN, SIGMA)` or \
                               `exponential(MEAN)`";

const UNCLOSED: &str = "the closing `)` is missing; between `{` and `}` a comma ends the value, so \
                        put it in quotes";

/// The replica's waits are bounded so that a slip does not make a run endless.
const LONGEST: Duration = Duration::from_secs(3600);

/// Sigma of a log-normal beyond which its tail means nothing any more.
const MOST_SIGMA: f64 = 3.0;

pub(crate) fn parse(text: &str) -> Result<Spread, String> {
    let text = text.trim();
    let Some((name, rest)) = text.split_once('(') else {
        return duration(text).map(Spread::Constant);
    };
    let inner = rest.strip_suffix(')').ok_or(UNCLOSED)?;
    let arguments: Vec<&str> = inner.split(',').map(str::trim).collect();
    match (name.trim(), arguments.as_slice()) {
        ("uniform", [min, max]) => {
            let (min, max) = (duration(min)?, duration(max)?);
            if min > max {
                return Err("the smaller bound comes first".to_owned());
            }
            Ok(Spread::Uniform { min, max })
        }
        ("lognormal", [median, sigma]) => {
            let sigma = decimal(sigma)
                .filter(|sigma| *sigma <= MOST_SIGMA)
                .ok_or(format!("sigma is a number from 0 to {MOST_SIGMA}"))?;
            Ok(Spread::LogNormal {
                median: duration(median)?,
                sigma,
            })
        }
        ("exponential", [mean]) => Ok(Spread::Exponential {
            mean: duration(mean)?,
        }),
        ("uniform" | "lognormal", _) => Err(format!("`{name}` takes two values")),
        ("exponential", _) => Err("`exponential` takes one value".to_owned()),
        (other, _) => {
            let near = crate::suggest::nearest(other, ["uniform", "lognormal", "exponential"]);
            Err(
                near.map_or("there is no such distribution".to_owned(), |near| {
                    format!("did you mean `{near}`?")
                }),
            )
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) => Err("a wait is at most one hour".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_distribution_is_read() {
        let ms = Duration::from_millis;
        for (text, spread) in [
            ("20ms", Spread::Constant(ms(20))),
            (
                "uniform(10ms, 30ms)",
                Spread::Uniform {
                    min: ms(10),
                    max: ms(30),
                },
            ),
            (
                "lognormal(180ms,0.4)",
                Spread::LogNormal {
                    median: ms(180),
                    sigma: 0.4,
                },
            ),
            (
                " exponential( 20ms ) ",
                Spread::Exponential { mean: ms(20) },
            ),
        ] {
            assert_eq!(parse(text), Ok(spread), "{text}");
        }
    }

    #[test]
    fn a_spread_without_sense_is_refused_with_a_reason() {
        for (text, reason) in [
            ("uniform(30ms, 10ms)", "the smaller bound comes first"),
            ("uniform(30ms)", "`uniform` takes two values"),
            ("unifrom(1ms, 2ms)", "did you mean `uniform`?"),
            ("lognormal(1ms, -1)", "sigma is a number from 0 to 3"),
            ("exponential(1ms", UNCLOSED),
            ("2h", "a wait is at most one hour"),
        ] {
            assert_eq!(parse(text), Err(reason.to_owned()), "{text}");
        }
    }
}
