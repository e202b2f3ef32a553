#include "decide/promotion/wanted.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "decide/decide.h"
#include "decide/plain_text.h"
#include "decide/promotion/known_images.h"
#include "decide/promotion/source_link.h"

namespace towline::decide {
namespace {

using image::ImageName;
using image::Tag;
using image::TagFacts;
using image::Version;
using sites::ImageSite;

std::string label(const Version& version) { return version.tag ? version.tag->str() : version.display(); }

/// Looks for what one service should run instead of what it runs.
class ServiceBump {
 public:
  ServiceBump(const RepoSnapshot& snapshot, const config::Environment& environment,
              const evaluate::ServiceState& service, const KnownImages& known, std::vector<std::string>& refusals)
      : snapshot_(snapshot),
        environment_(environment),
        service_(service),
        target_{service.environment, service.service},
        known_(known),
        refusals_(refusals) {}

  std::vector<evaluate::ImageChange> by_rules(const std::vector<config::ImageRule>& rules) {
    for (const ImageName& name : names()) {
      if (const config::ImageRule* rule = rule_for(rules, name)) follow_rule(*rule, name);
    }
    return finish();
  }

  std::vector<evaluate::ImageChange> as_in(const evaluate::ServiceState& source) {
    for (const ImageName& name : names()) {
      std::vector<Version> versions;
      for (const ImageSite& site : source.sites) {
        if (site.name != name) continue;
        if (std::find(versions.begin(), versions.end(), site.version) == versions.end())
          versions.push_back(site.version);
      }
      if (versions.size() > 1) {
        refuse(name, "'" + source.environment + "' runs several versions of it (" + label(versions[0]) + ", " +
                         label(versions[1]) + "); it is promoted once they agree");
      } else if (!versions.empty()) {
        follow_source(source, name, versions.front());
      }
    }
    return finish();
  }

 private:
  std::set<ImageName> names() const {
    std::set<ImageName> all;
    for (const ImageSite& site : service_.sites) all.insert(site.name);
    return all;
  }

  const config::ImageRule* rule_for(const std::vector<config::ImageRule>& rules, const ImageName& name) const {
    const auto fits = [&](const config::ImageRule& rule) {
      if (glob_match(rule.match, name.str())) return true;
      return std::any_of(service_.sites.begin(), service_.sites.end(), [&](const ImageSite& site) {
        return site.name == name && glob_match(rule.match, site.written_name);
      });
    };
    const auto rule = std::find_if(rules.begin(), rules.end(), fits);
    return rule == rules.end() ? nullptr : &*rule;
  }

  void refuse(const ImageName& name, const std::string& why) {
    std::string text = service_.environment + "/" + service_.service + ": " + name.str() + ": " + why;
    if (std::find(refusals_.begin(), refusals_.end(), text) == refusals_.end()) refusals_.push_back(std::move(text));
  }

  void follow_rule(const config::ImageRule& rule, const ImageName& name) {
    const std::vector<TagFacts> tags = known_.tags(target_, name);
    for (const ImageSite& site : service_.sites) {
      if (site.name != name) continue;
      const std::optional<Tag> winner = winner_for(rule, site, tags);
      if (winner && (rule.select.follows_digest() || is_newer(rule, name, *winner, site.version))) {
        bump_site(site, *winner, rule.select.follows_digest());
      } else {
        explain(rule, site, tags, winner);
      }
    }
  }

  std::optional<Tag> winner_for(const config::ImageRule& rule, const ImageSite& site,
                                const std::vector<TagFacts>& tags) const {
    const std::optional<Tag>& present = site.version.tag;
    std::optional<Tag> winner = rule.select.pick(tags, present);
    if (winner && winner != present) return winner;
    // What the open pull request says stands while a build time that was known is only forgotten.
    for (const evaluate::ImageChange& change : known_.in_pull_request(target_)) {
      if (change.name != site.name || change.from != site.version || !change.to.tag) continue;
      const auto refusal = rule.select.refusal(known_.facts(site.name, *change.to.tag), present);
      if (refusal && refusal->rule == image::RefusedBy::build_time) return change.to.tag;
    }
    return winner;
  }

  bool is_newer(const config::ImageRule& rule, const ImageName& name, const Tag& winner, const Version& present) {
    if (!present.tag) return true;
    const image::Step step = rule.select.step(known_.facts(name, *present.tag), known_.facts(name, winner));
    if (step == image::Step::backward) {
      refuse(name, "it runs " + present.tag->str() + ", which is outside what 'select' allows and newer than " +
                       winner.str() + "; nothing is bumped backwards");
    }
    return step == image::Step::forward;
  }

  /// Nothing is bumped: if that is because no tag is selected, or because a newer one is of another variant, says so.
  void explain(const config::ImageRule& rule, const ImageSite& site, const std::vector<TagFacts>& tags,
               const std::optional<Tag>& winner) {
    const std::optional<Tag>& present = site.version.tag;
    const auto later = [&](const std::optional<Tag>& than, const TagFacts& tag) {
      return !than || rule.select.standing(tag, known_.facts(site.name, *than)) == std::partial_ordering::greater;
    };
    const TagFacts* best = nullptr;
    for (const TagFacts& tag : tags) {
      if (best != nullptr && rule.select.compare(tag, *best) < 0) continue;
      const auto refusal = rule.select.refusal(tag, present);
      if (!refusal) continue;
      const bool hidden = refusal->rule == image::RefusedBy::variant && later(winner, tag) && later(present, tag);
      if (!winner || hidden) best = &tag;
    }
    if (best == nullptr) return;
    const std::string why = rule.select.refusal(*best, present)->why;
    refuse(site.name, winner ? why : "no known tag of it is selected: " + why);
  }

  void bump_site(const ImageSite& site, const Tag& tag, bool follows_digest) {
    Version to{tag, std::nullopt};
    const bool pinned = follows_digest || site.version.digest || !site.version.tag;
    if (pinned || pins()) {
      to.digest = known_.digest(target_, site.name, tag);
      if (!to.digest) {
        refuse(site.name, (pinned ? "it is pinned by digest" : needs_pin()) + " and the digest of " + tag.str() +
                              " is not known; announce the image with its digest");
        return;
      }
    }
    want(site, to);
  }

  bool pins() const { return environment_.pin == config::PinMode::digest; }
  std::string needs_pin() const { return "'" + environment_.name + "' has 'pin: digest'"; }

  void follow_source(const evaluate::ServiceState& source, const ImageName& name, const Version& proven) {
    if (!proven.tag && !proven.digest) {
      refuse(name, "'" + source.environment + "' names no version of it");
      return;
    }
    Version to = proven;
    if (to.tag && !to.digest) {
      if (moved_since_proven(source, name, *to.tag)) {
        refuse(name, "the tag " + to.tag->str() + " was moved to another digest after '" + source.environment +
                         "' took it, so what it names now is not proven; push a new tag");
        return;
      }
      to.digest = known_.digest(target_, name, *to.tag);
    }
    for (const ImageSite& site : service_.sites) {
      if (site.name != name || !differs(source, name, proven, site.version)) continue;
      if (pins() && !to.digest) {
        refuse(name,
               needs_pin() + " and the digest of " + label(to) + " is not known; announce the image with its digest");
        return;
      }
      want(site, to);
    }
  }

  bool moved_since_proven(const evaluate::ServiceState& source, const ImageName& name, const Tag& tag) const {
    const auto proof = snapshot_.proven.find({source.environment, source.service, name.str()});
    return proof != snapshot_.proven.end() && known_.changed_after(name, tag, proof->second.since);
  }

  /// Whether the source's version is another one and not older. Under the same tag only a digest that the source
  /// itself names makes it another: a digest that is merely known may be of a tag that moved since.
  bool differs(const evaluate::ServiceState& source, const ImageName& name, const Version& proven,
               const Version& present) {
    if (proven.tag == present.tag) return proven.digest && proven.digest != present.digest;
    if (!proven.tag || !present.tag) return proven.digest != present.digest || !proven.digest;
    if (image::compare_versions(*proven.tag, *present.tag) != std::partial_ordering::less) return true;
    refuse(name, "it runs " + present.tag->str() + ", which is newer than " + proven.tag->str() + " in '" +
                     source.environment + "'; nothing is promoted backwards");
    return false;
  }

  void want(const ImageSite& site, Version to) {
    // A site without a tag stays one: it says the digest alone.
    if (!site.version.tag) to.tag.reset();
    if (to == site.version) return;
    if (const auto edits = sites::edits_for(site, to); !edits) {
      refuse(site.name, edits.error().message);
      blocked_.emplace_back(site.name, site.version);
      return;
    }
    evaluate::ImageChange change{site.name, site.version, std::move(to)};
    if (std::find(changes_.begin(), changes_.end(), change) == changes_.end()) changes_.push_back(std::move(change));
  }

  /// A change is made at every site that has its image and version or at none.
  std::vector<evaluate::ImageChange> finish() {
    std::erase_if(changes_, [&](const evaluate::ImageChange& change) {
      return std::find(blocked_.begin(), blocked_.end(), std::pair(change.name, change.from)) != blocked_.end();
    });
    std::sort(changes_.begin(), changes_.end(), [](const evaluate::ImageChange& a, const evaluate::ImageChange& b) {
      return std::tuple(a.name, a.from.str(), a.to.str()) < std::tuple(b.name, b.from.str(), b.to.str());
    });
    return std::move(changes_);
  }

  const RepoSnapshot& snapshot_;
  const config::Environment& environment_;
  const evaluate::ServiceState& service_;
  BumpTarget target_;
  const KnownImages& known_;
  std::vector<std::string>& refusals_;
  std::vector<evaluate::ImageChange> changes_;
  std::vector<std::pair<ImageName, Version>> blocked_;
};

/// The youngest proof among the images: soaking counts from there.
std::optional<Proven> youngest_proof(const RepoSnapshot& snapshot, const evaluate::ServiceState& source,
                                     const std::vector<evaluate::ImageChange>& images) {
  std::optional<Proven> youngest;
  for (const evaluate::ImageChange& change : images) {
    const auto proof = snapshot.proven.find({source.environment, source.service, change.name.str()});
    if (proof == snapshot.proven.end()) continue;
    if (!youngest || proof->second.since > youngest->since) youngest = proof->second;
  }
  return youngest;
}

/// What the registries told, and did not tell, about the images.
void add_origins(const RepoSnapshot& snapshot, const KnownImages& known, WantedBump& wanted) {
  const auto digest_of = [&](const ImageName& name, const Version& version) {
    return version.digest || !version.tag ? version.digest : known.digest(wanted.target, name, *version.tag);
  };
  const auto source_of = [&](const image::Digest& digest) {
    const auto found = snapshot.sources.find(digest);
    return found == snapshot.sources.end() ? std::nullopt : std::optional(found->second);
  };
  wanted.sources = source_links(wanted.images, digest_of, source_of);
  for (const evaluate::ImageChange& change : wanted.images) {
    if (!change.to.tag) continue;
    const auto unchecked = snapshot.unchecked.find({change.name, *change.to.tag});
    if (unchecked == snapshot.unchecked.end()) continue;
    std::string note =
        "What is known of " + code_span(change.name.str() + ":" + change.to.tag->str()) +
        " is what an event said; its registry could not be asked: " + code_span(single_line(unchecked->second, 300)) +
        ".";
    if (std::find(wanted.notes.begin(), wanted.notes.end(), note) == wanted.notes.end()) {
      wanted.notes.push_back(std::move(note));
    }
  }
}

std::optional<WantedBump> wanted_for(const RepoSnapshot& snapshot, const KnownImages& known,
                                     const config::Environment& environment, const evaluate::ServiceState& service,
                                     std::vector<std::string>& refusals) {
  WantedBump wanted;
  wanted.target = {service.environment, service.service};
  ServiceBump bump(snapshot, environment, service, known, refusals);
  if (!environment.from) {
    wanted.images = bump.by_rules(environment.images);
  } else {
    const evaluate::ServiceState* source = find_service(snapshot, *environment.from, service.service);
    if (source == nullptr) return std::nullopt;
    wanted.images = bump.as_in(*source);
    wanted.from = *environment.from;
    wanted.proven = youngest_proof(snapshot, *source, wanted.images);
  }
  if (wanted.images.empty()) return std::nullopt;
  add_origins(snapshot, known, wanted);
  return wanted;
}

}  // namespace

const evaluate::ServiceState* find_service(const RepoSnapshot& snapshot, std::string_view environment,
                                           std::string_view service) {
  const auto found =
      std::find_if(snapshot.services.begin(), snapshot.services.end(), [&](const evaluate::ServiceState& state) {
        return state.environment == environment && state.service == service;
      });
  return found == snapshot.services.end() ? nullptr : &*found;
}

bool same_images(const std::vector<evaluate::ImageChange>& a, const std::vector<evaluate::ImageChange>& b) {
  return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
}

bool leads_to_same(const std::vector<evaluate::ImageChange>& wanted,
                   const std::vector<evaluate::ImageChange>& refused) {
  const auto same_end = [](const evaluate::ImageChange& a, const evaluate::ImageChange& b) {
    if (a.name != b.name) return false;
    if (a.to == b.to) return true;
    return a.to.tag && a.to.tag == b.to.tag && (!a.to.digest || !b.to.digest);
  };
  const auto covers = [&](const std::vector<evaluate::ImageChange>& all,
                          const std::vector<evaluate::ImageChange>& some) {
    return std::all_of(some.begin(), some.end(), [&](const evaluate::ImageChange& one) {
      return std::any_of(all.begin(), all.end(),
                         [&](const evaluate::ImageChange& other) { return same_end(one, other); });
    });
  };
  return !refused.empty() && covers(refused, wanted) && covers(wanted, refused);
}

std::vector<WantedBump> wanted_bumps(const RepoSnapshot& snapshot, std::vector<std::string>& refusals) {
  const KnownImages known(snapshot);
  std::vector<WantedBump> all;
  for (const config::Environment& environment : snapshot.config.environments) {
    std::vector<const evaluate::ServiceState*> services;
    for (const evaluate::ServiceState& service : snapshot.services) {
      if (service.environment == environment.name) services.push_back(&service);
    }
    std::sort(services.begin(), services.end(),
              [](const evaluate::ServiceState* a, const evaluate::ServiceState* b) { return a->service < b->service; });
    for (const evaluate::ServiceState* service : services) {
      if (auto wanted = wanted_for(snapshot, known, environment, *service, refusals)) all.push_back(*std::move(wanted));
    }
  }
  return all;
}

}  // namespace towline::decide
