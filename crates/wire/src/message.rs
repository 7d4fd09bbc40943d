//! What a revision says to people, in their languages, from Project Fluent catalogues (`messages/*.ftl`).

use crate::naming::{Headline, Named};
use crate::plane::{self, Extent};
use crate::regions;
use crate::warning::{flight_level, reason_word};
use core::fmt;
use downrange_earth::Time;
use downrange_engine::assess::debris::DebrisBand;
use downrange_engine::assess::{Kind, ZoneExposure};
use downrange_engine::policy::{Region, Status};
use downrange_engine::warn::{Revision, RevisionKind};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::collections::BTreeMap;
use unic_langid::LanguageIdentifier;

const CATALOGUES: [(&str, &str); 3] = [
    ("en", include_str!("../messages/en.ftl")),
    ("ko", include_str!("../messages/ko.ftl")),
    ("ja", include_str!("../messages/ja.ftl")),
];
/// Japan and Korea both are nine hours ahead of UTC all year.
const LOCAL_AHEAD_S: f64 = 9.0 * 3_600.0;

/// The texts of one revision in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// ISO 639-1 code of the language.
    pub language: String,
    /// What kind of event it is, in a word or two.
    pub event: String,
    /// One line.
    pub headline: String,
    /// All that is known.
    pub description: String,
    /// What to do.
    pub instruction: String,
    /// Each area in words, in the order of the revision.
    pub areas: Vec<String>,
}

/// A language that there is no catalogue for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLanguage(pub String);

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = CATALOGUES.iter().map(|(code, _)| *code).collect();
        write!(out, "no messages in language `{}`; allowed: {}", self.0, known.join(", "))
    }
}

impl core::error::Error for UnknownLanguage {}

/// Message catalogues of the languages that a policy asks for.
pub struct Messages {
    catalogues: Vec<(String, FluentBundle<FluentResource>)>,
    /// Provinces in the local script, by English name: districts are often provinces.
    local_names: BTreeMap<String, String>,
}

impl fmt::Debug for Messages {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.languages()).finish()
    }
}

impl Messages {
    /// Catalogues of these languages (ISO 639-1 codes), in this order.
    ///
    /// # Errors
    /// A language that there is no catalogue for.
    ///
    /// ```
    /// use downrange_wire::message::Messages;
    /// assert_eq!(Messages::new(&["en", "ja"]).unwrap().languages().count(), 2);
    /// assert!(Messages::new(&["xx"]).is_err());
    /// ```
    pub fn new<S: AsRef<str>>(languages: &[S]) -> Result<Messages, UnknownLanguage> {
        let catalogue = |language: &S| {
            let code = language.as_ref();
            let known = CATALOGUES.iter().find(|(known, _)| *known == code);
            let (id, source) = known
                .and_then(|&(_, source)| Some((code.parse().ok()?, source)))
                .ok_or_else(|| UnknownLanguage(code.into()))?;
            Ok((code.to_string(), bundle(id, source)))
        };
        let local = |region: Region| region.name_local.map(|local| (region.name, local));
        Ok(Messages {
            catalogues: languages.iter().map(catalogue).collect::<Result<_, _>>()?,
            local_names: regions::east_asia().into_iter().filter_map(local).collect(),
        })
    }

    /// The languages, in order.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.catalogues.iter().map(|(code, _)| code.as_str())
    }

    /// One line that says a revision. Empty for a language that was not asked for.
    pub fn headline(&self, revision: &Revision, language: &str) -> String {
        self.catalogue(language)
            .map_or_else(String::new, |catalogue| Speech::new(self, catalogue, language, revision).headline())
    }

    /// All texts of a revision, one for each language, in order.
    pub fn texts(&self, revision: &Revision) -> Vec<Text> {
        let text = |(language, catalogue): &(String, FluentBundle<FluentResource>)| {
            let speech = Speech::new(self, catalogue, language, revision);
            Text {
                language: language.clone(),
                event: speech.say("event", &speech.facts()),
                headline: speech.headline(),
                description: speech.description(),
                instruction: speech.instruction(),
                areas: speech.extents.iter().map(|extent| speech.say_area("area-description", extent)).collect(),
            }
        };
        self.catalogues.iter().map(text).collect()
    }

    fn catalogue(&self, language: &str) -> Option<&FluentBundle<FluentResource>> {
        self.catalogues.iter().find(|(code, _)| code == language).map(|(_, catalogue)| catalogue)
    }
}

fn bundle(language: LanguageIdentifier, source: &str) -> FluentBundle<FluentResource> {
    // The catalogues are part of the program, and a test reads every entry: what is unreadable here cannot be shipped.
    let resource = FluentResource::try_new(source.to_string()).unwrap_or_else(|(readable, _)| readable);
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Marks around variables help in mixed-direction text; here they would only garble what receivers print.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

/// One revision in one language.
struct Speech<'a> {
    local_names: &'a BTreeMap<String, String>,
    catalogue: &'a FluentBundle<FluentResource>,
    language: &'a str,
    revision: &'a Revision,
    extents: Vec<Extent>,
    named: Named<'a>,
}

impl<'a> Speech<'a> {
    fn new(
        messages: &'a Messages,
        catalogue: &'a FluentBundle<FluentResource>,
        language: &'a str,
        revision: &'a Revision,
    ) -> Speech<'a> {
        let extents: Vec<Extent> = revision.areas.iter().map(plane::extent).collect();
        let named = Named::of(revision);
        Speech { local_names: &messages.local_names, catalogue, language, revision, extents, named }
    }

    /// A message of the catalogue; one that is missing says its own name, so that nothing is silently left out.
    fn say(&self, key: &str, facts: &FluentArgs) -> String {
        self.find(key, facts).unwrap_or_else(|| key.to_string())
    }

    fn find(&self, key: &str, facts: &FluentArgs) -> Option<String> {
        let pattern = self.catalogue.get_message(key)?.value()?;
        Some(self.catalogue.format_pattern(pattern, Some(facts), &mut Vec::new()).into_owned())
    }

    /// What headline and description may use.
    fn facts(&self) -> FluentArgs<'static> {
        let mut facts = FluentArgs::new();
        let mut set = |name: &'static str, value: String| facts.set(name, FluentValue::from(value));
        set("what", self.what());
        set("region", self.region().unwrap_or_default());
        set("place", self.place());
        set("window", self.window());
        set("number", self.revision.revision.to_string());
        let (earliest, _) = self.span();
        set("date", earliest.plus_s(self.local_ahead_s()).utc_string(0)[..10].to_string());
        set("sea", self.named.sea.map_or_else(String::new, |sea| self.say(sea.key, &FluentArgs::new())));
        facts
    }

    fn what(&self) -> String {
        let key = match self.revision.object_kind {
            Kind::SpaceLaunch => "what-rocket",
            Kind::Reentry | Kind::Satellite => "what-reentry",
            Kind::Debris => "what-debris",
            Kind::Meteor => "what-meteor",
            Kind::Ballistic | Kind::QuasiBallistic | Kind::Glide | Kind::Aircraft | Kind::Unknown => "what-missile",
        };
        self.say(key, &counted(self.revision.objects.len().max(1)))
    }

    /// The launch province.
    fn region(&self) -> Option<String> {
        let (name, local) = self.revision.region.as_ref()?;
        Some(self.spelled(name, local.as_ref()))
    }

    /// A province or district as this language writes it: by the catalogue, in the local script where its readers read
    /// that script, else as it is given.
    fn spelled(&self, name: &str, local: Option<&String>) -> String {
        let key = format!("region-{}", name.to_lowercase().replace(' ', "-"));
        let local = local.or_else(|| self.local_names.get(name)).filter(|local| is_read_in(local, self.language));
        self.find(&key, &FluentArgs::new()).or_else(|| local.cloned()).unwrap_or_else(|| name.to_string())
    }

    fn place(&self) -> String {
        match (self.named.headline(), self.extents.first()) {
            (Headline::Districts(zones), _) => self.listed(zones),
            (Headline::Sea(sea), _) => self.say(sea.key, &FluentArgs::new()),
            (Headline::Coordinates, Some(extent)) => self.coordinates(extent),
            (Headline::Coordinates, None) => self.revision.event.clone(),
        }
    }

    fn listed(&self, zones: &[&ZoneExposure]) -> String {
        let names: Vec<String> = zones.iter().map(|zone| self.spelled(&zone.name, None)).collect();
        names.join(&self.say("list-separator", &FluentArgs::new()))
    }

    /// From the earliest to the latest time of fall in any area.
    fn span(&self) -> (Time, Time) {
        let areas = &self.revision.areas;
        let earliest = areas.iter().map(|area| area.earliest()).min().unwrap_or(self.revision.onset);
        let latest = areas.iter().map(|area| area.latest()).max().unwrap_or(self.revision.expires);
        (earliest, latest)
    }

    fn local_ahead_s(&self) -> f64 {
        if self.language == "en" { 0.0 } else { LOCAL_AHEAD_S }
    }

    /// Whole minutes that enclose the span.
    fn window(&self) -> String {
        let (from, to) = self.span();
        self.window_of(from, to)
    }

    fn window_of(&self, from: Time, to: Time) -> String {
        const MINUTE_S: f64 = 60.0;
        // The next whole minute, unless it is one already.
        let to = to.plus_s(MINUTE_S - 1e-9);
        let clock = |time: Time| time.utc_string(0)[11..16].to_string();
        let mut facts = FluentArgs::new();
        facts.set("utc_from", clock(from));
        facts.set("utc_to", clock(to));
        facts.set("local_from", clock(from.plus_s(LOCAL_AHEAD_S)));
        facts.set("local_to", clock(to.plus_s(LOCAL_AHEAD_S)));
        self.say("window", &facts)
    }

    fn coordinates(&self, extent: &Extent) -> String {
        const MINUTES_PER_DEG: f64 = 60.0;
        let split = |angle_deg: f64| {
            let minutes = libm::round(libm::fabs(angle_deg) * MINUTES_PER_DEG) as i64;
            (minutes / 60, format!("{:02}", minutes % 60))
        };
        let yes = |is: bool| if is { "yes" } else { "no" };
        let (latitude_d, latitude_m) = split(extent.latitude_deg);
        let (longitude_d, longitude_m) = split(extent.longitude_deg);
        let mut facts = FluentArgs::new();
        facts.set("latitude_d", latitude_d.to_string());
        facts.set("latitude_m", latitude_m);
        facts.set("longitude_d", longitude_d.to_string());
        facts.set("longitude_m", longitude_m);
        facts.set("northern", yes(extent.latitude_deg >= 0.0));
        facts.set("eastern", yes(extent.longitude_deg >= 0.0));
        self.say("coordinates", &facts)
    }

    fn say_area(&self, key: &str, extent: &Extent) -> String {
        self.say(key, &self.area_facts(extent))
    }

    fn area_facts(&self, extent: &Extent) -> FluentArgs<'static> {
        // Rounded up: words must not make an area smaller.
        let whole_km = |length_km: f64| libm::ceil(length_km).max(1.0).to_string();
        let mut facts = FluentArgs::new();
        facts.set("centre", self.coordinates(extent));
        facts.set("length", whole_km(extent.length_km));
        facts.set("width", whole_km(extent.width_km));
        facts
    }

    /// One sentence for air traffic services: through which flight levels pieces pass, and when.
    fn aloft(&self) -> Option<String> {
        let band = |band: &DebrisBand| {
            let mut facts = self.area_facts(&plane::extent(&band.area));
            facts.set("upper", format!("{:03}", flight_level(band.upper_m)));
            facts.set("lower", format!("{:03}", flight_level(band.lower_m)));
            facts.set("ground", if band.lower_m > 0.0 { "no" } else { "yes" });
            facts.set("window", self.window_of(band.area.earliest(), band.area.latest()));
            self.say("aloft-band", &facts)
        };
        let bands: Vec<String> = self.revision.debris.iter().map(band).collect();
        let mut facts = FluentArgs::new();
        facts.set("bands", bands.join(&self.say("aloft-separator", &FluentArgs::new())));
        (!bands.is_empty()).then(|| self.say("description-aloft", &facts))
    }

    fn prefixed(&self, text: String) -> String {
        let prefix = match self.revision.status {
            Status::Actual => return text,
            Status::Exercise => "prefix-exercise",
            Status::Test => "prefix-test",
        };
        self.sentences(&[self.say(prefix, &FluentArgs::new()), text])
    }

    /// Sentences in a row, as the language puts them.
    fn sentences(&self, sentences: &[String]) -> String {
        sentences.join(&self.say("sentence-separator", &FluentArgs::new()))
    }

    fn headline(&self) -> String {
        let key = match self.revision.kind {
            RevisionKind::Alert if self.revision.region.is_some() => "headline-alert-from",
            RevisionKind::Alert => "headline-alert",
            RevisionKind::Update => "headline-update",
            RevisionKind::Cancel => "headline-cancel",
            RevisionKind::AllClear => "headline-all-clear",
        };
        self.prefixed(capitalised(&self.say(key, &self.facts())))
    }

    fn description(&self) -> String {
        let facts = self.facts();
        let mut sentences = vec![self.say(&format!("reason-{}", reason_word(self.revision.reason)), &facts)];
        if matches!(self.revision.kind, RevisionKind::Cancel | RevisionKind::AllClear) {
            sentences.extend(self.extents.iter().map(|extent| self.say_area("description-free", extent)));
            sentences.extend(self.aloft());
            return self.prefixed(self.sentences(&sentences));
        }
        let what = if self.revision.region.is_some() { "description-what-from" } else { "description-what" };
        sentences.push(self.say(what, &facts));
        sentences.push(self.say("description-window", &facts));
        sentences.extend(self.extents.iter().map(|extent| self.say_area("description-area", extent)));
        if self.named.sea.is_some() {
            sentences.push(self.say("description-sea", &facts));
        }
        if !self.named.other_seas.is_empty() {
            let others = self.named.other_seas.iter().map(|sea| self.say(sea.key, &FluentArgs::new()));
            let mut facts = FluentArgs::new();
            facts.set("seas", others.collect::<Vec<String>>().join(&self.say("list-separator", &FluentArgs::new())));
            sentences.push(self.say("description-other-seas", &facts));
        }
        if let Some(area) = self.revision.areas.first() {
            let mut facts = FluentArgs::new();
            facts.set("percent", libm::round(area.probability() * 100.0).to_string());
            sentences.push(self.say("description-probability", &facts));
        }
        if !self.named.zones.is_empty() {
            let mut facts = FluentArgs::new();
            facts.set("zones", self.listed(&self.named.zones));
            sentences.push(self.say("description-zones", &facts));
        }
        let exposure = &self.revision.exposure;
        for (key, count) in
            [("description-vessels", exposure.vessels.len()), ("description-aircraft", exposure.aircraft.len())]
        {
            if count > 0 {
                sentences.push(self.say(key, &counted(count)));
            }
        }
        sentences.extend(self.aloft());
        self.prefixed(self.sentences(&sentences))
    }

    fn instruction(&self) -> String {
        let nothing = FluentArgs::new();
        let keys: &[&str] = match self.revision.kind {
            RevisionKind::Cancel => &["instruction-cancel"],
            RevisionKind::AllClear => &["instruction-all-clear", "instruction-fallen"],
            _ if self.revision.exposure.zones.is_empty() => &["instruction-sea", "instruction-fallen"],
            _ => &["instruction-land", "instruction-sea", "instruction-fallen"],
        };
        let sentences: Vec<String> = keys.iter().map(|key| self.say(key, &nothing)).collect();
        self.sentences(&sentences)
    }
}

fn counted(count: usize) -> FluentArgs<'static> {
    let mut facts = FluentArgs::new();
    facts.set("count", FluentValue::from(count));
    facts
}

/// A sentence begins with a capital letter, where the script has them.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Whether readers of a language read the script of a name.
fn is_read_in(name: &str, language: &str) -> bool {
    let is_hangul = |letter| ('\u{ac00}'..='\u{d7a3}').contains(&letter);
    let is_kana_or_han =
        |letter| ('\u{3040}'..='\u{30ff}').contains(&letter) || ('\u{4e00}'..='\u{9fff}').contains(&letter);
    match language {
        "ko" => name.chars().all(is_hangul),
        "ja" => name.chars().all(is_kana_or_han),
        _ => false,
    }
}
