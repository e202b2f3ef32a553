#include "render/charts/volatile_calls.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "render/charts/action_flow.h"
#include "render/charts/action_lex.h"

namespace towline::render {
namespace {

constexpr std::string_view kTime = "the time";
constexpr std::string_view kChance = "random numbers";
constexpr std::string_view kCluster = "the cluster";
constexpr std::string_view kRelease = "the releases before it";
constexpr std::string_view kKeyOrder = "the random order of a map's keys";
constexpr std::string_view kAddresses = "memory addresses";
constexpr std::string_view kMadeText = "a template that is put together while it runs";

constexpr std::string_view kWriteItOut = "write the value itself into the values or the template";
constexpr std::string_view kTellVersions = "list what the clusters have under render.api_versions";
constexpr std::string_view kPassFields = "pass only the fields that are needed";
constexpr std::string_view kSortKeys = "sort the list with sortAlpha, or range over the map itself";
constexpr std::string_view kPrintFields = "print the fields themselves, or use toYaml";
constexpr std::string_view kTellKubeVersion = "set render.kube_version";

struct Name {
  std::string_view name;
  std::string_view depends;
};

constexpr Name kFunctions[] = {
    {"now", kTime},
    {"date", kTime},
    {"date_in_zone", kTime},
    {"dateInZone", kTime},
    {"date_modify", kTime},
    {"dateModify", kTime},
    {"must_date_modify", kTime},
    {"mustDateModify", kTime},
    {"ago", kTime},
    {"durationRound", kTime},
    {"htmlDate", kTime},
    {"htmlDateInZone", kTime},
    {"randAlphaNum", kChance},
    {"randAlpha", kChance},
    {"randAscii", kChance},
    {"randNumeric", kChance},
    {"randBytes", kChance},
    {"randInt", kChance},
    {"uuidv4", kChance},
    {"shuffle", kChance},
    {"genPrivateKey", kChance},
    {"genCA", kChance},
    {"genCAWithKey", kChance},
    {"genSelfSignedCert", kChance},
    {"genSelfSignedCertWithKey", kChance},
    {"genSignedCert", kChance},
    {"genSignedCertWithKey", kChance},
    {"htpasswd", kChance},
    {"bcrypt", kChance},
    {"encryptAES", kChance},
    {"lookup", kCluster},
    {"getHostByName", kCluster},
};

/// Fields of the built-in objects, whatever they are reached through.
constexpr Name kFields[] = {
    {"Capabilities", kCluster}, {"APIVersions", kCluster}, {"KubeVersion", kCluster}, {"HelmVersion", kCluster},
    {"Has", kCluster},          {"IsUpgrade", kRelease},   {"IsInstall", kRelease},   {"Revision", kRelease},
};

/// In an action with `tpl`, these leave the text that it runs as it stands in the values or files.
constexpr std::string_view kPlainWithTpl[] = {
    "tpl",      "if",     "else",   "with",  "range",   "end",    "toYaml", "toString",  "default", "nindent",
    "indent",   "quote",  "squote", "trim",  "and",     "or",     "not",    "eq",        "ne",      "empty",
    "typeIs",   "kindIs", "dict",   "merge", "ternary", "hasKey", "true",   "false",     "nil",     "required",
    "coalesce", "b64enc", "list",   "index", "get",     "block",  "define", "sha256sum",
};

template <class Names>
const Name* find_name(const Names& names, std::string_view wanted) {
  const auto found =
      std::find_if(std::begin(names), std::end(names), [&](const Name& one) { return one.name == wanted; });
  return found == std::end(names) ? nullptr : &*found;
}

/// Whether it is a format with the verb %p.
bool prints_address(std::string_view format) {
  for (std::size_t i = format.find('%'); i < format.size(); i = format.find('%', i)) {
    i = format.find_first_not_of("+-# 0123456789.*[]", i + 1);
    if (i == std::string_view::npos) return false;
    if (format[i] == 'p') return true;
    ++i;
  }
  return false;
}

class Scanner {
 public:
  Scanner(std::string_view path, std::string_view text, TextKind kind, const ClusterFacts& facts)
      : path_(path), text_(text), kind_(kind), facts_(facts) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') breaks_.push_back(i);
    }
  }

  std::vector<VolatileUse> scan() {
    walk(text_, kind_, std::nullopt, 0);
    if (kind_ == TextKind::values) {
      // Where escapes or line breaks hide a delimiter or a name, the line is the text's first.
      const std::string plain = unescaped(text_);
      if (plain != text_) walk(plain, kind_, 0, 0);
    }
    if (runs_text_ && brace_text_) add(*runs_text_, "tpl", kMadeText, kWriteItOut);
    const std::string content = sha256_hex(kind_ == TextKind::template_file ? text_ : std::string_view(actions_));
    for (VolatileUse& use : uses_) use.content = content;
    std::stable_sort(uses_.begin(), uses_.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    return std::move(uses_);
  }

 private:
  static constexpr std::size_t kMaxDepth = 3;
  static constexpr std::size_t kMaxUses = 100;  ///< of one text; the digest covers the others

  /// `at`: where the text begins in the file; nullopt: it is the file's own.
  void walk(std::string_view text, TextKind kind, std::optional<std::size_t> at, std::size_t depth) {
    // In values a quote in one does not end in another, so each action is read from its own beginning.
    ActionFlow flow({kind == TextKind::values, facts_.upgrades});
    std::size_t budget = 16 * text.size() + (1u << 20);
    for (std::size_t i = text.find("{{"); i != std::string_view::npos; i = text.find("{{", i)) {
      const Action action = lex_action(text, i);
      const std::size_t length = action.end - i;
      if (length > budget || action.too_long)
        return add(at.value_or(i), "{{", "more than can be looked through", kWriteItOut);
      budget -= length;
      const std::size_t before = seen_;
      look_at(action.tokens, at, depth);
      if (action.is_closed) {
        for (const CarriedUse& use : flow.follow(action.tokens)) add_carried(use, at.value_or(use.at));
      }
      if (seen_ != before) actions_.append(text.substr(i, length)).push_back('\n');
      i = kind == TextKind::template_file ? std::max(action.end, i + 2) : i + 2;
      if (kind == TextKind::values && i < text.size() && text[i] == '{') --i;
    }
  }

  void add_carried(const CarriedUse& use, std::size_t place) {
    const bool is_order = use.carried == Carried::key_order;
    const bool is_address = use.carried == Carried::addresses;
    add(place, printable_utf8(ellipsize(use.what, 100)),
        is_order     ? kKeyOrder
        : is_address ? kAddresses
                     : kCluster,
        is_order     ? kSortKeys
        : is_address ? kPrintFields
                     : kPassFields);
  }

  void look_at(const std::vector<Token>& tokens, std::optional<std::size_t> at, std::size_t depth) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token& token = tokens[i];
      const std::size_t place = at.value_or(token.at);
      if (token.kind == TokenKind::word) {
        if (const Name* known = find_name(kFunctions, token.text)) add(place, token.text, known->depends, kWriteItOut);
        if (token.text == "tpl") look_at_tpl(tokens, place);
        if (token.text == "printf") look_at_printf(tokens, place);
      } else if (token.kind == TokenKind::field) {
        i = look_at_field(tokens, i, place);
      } else if (token.kind == TokenKind::text) {
        look_at_text(token.text, place, depth);
      }
    }
  }

  void look_at_tpl(const std::vector<Token>& tokens, std::size_t place) {
    if (!runs_text_) runs_text_ = place;
    const bool plain = std::all_of(tokens.begin(), tokens.end(), [](const Token& token) {
      if (token.kind != TokenKind::word) return true;
      return std::find(std::begin(kPlainWithTpl), std::end(kPlainWithTpl), token.text) != std::end(kPlainWithTpl);
    });
    if (!plain) add(place, "tpl", kMadeText, kWriteItOut);
  }

  void look_at_printf(const std::vector<Token>& tokens, std::size_t place) {
    const bool found = std::any_of(tokens.begin(), tokens.end(), [](const Token& token) {
      return token.kind == TokenKind::text && prints_address(token.text);
    });
    if (found) add(place, "printf \"%p\"", kAddresses, kPrintFields);
  }

  void look_at_text(const std::string& text, std::size_t place, std::size_t depth) {
    if (text.find('{') != std::string::npos) brace_text_ = true;
    if (text == "Capabilities" || text == "APIVersions" || text == "KubeVersion") {
      add(place, "\"" + text + "\"", kCluster, kTellVersions);
    }
    if (text.find("{{") == std::string::npos) return;
    if (depth == kMaxDepth) return add(place, "tpl", kMadeText, kWriteItOut);
    walk(text, TextKind::values, place, depth + 1);
  }

  /// Gives the last token that belongs to it.
  std::size_t look_at_field(const std::vector<Token>& tokens, std::size_t i, std::size_t place) {
    const Name* known = find_name(kFields, tokens[i].text);
    if (known == nullptr || (known->depends == kRelease && !facts_.upgrades)) return i;
    if (known->depends == kRelease) {
      add(place, ".Release." + tokens[i].text, known->depends, kWriteItOut);
      return i;
    }
    const auto is_next = [&](std::string_view name) {
      return i + 1 < tokens.size() && tokens[i + 1].kind == TokenKind::field && tokens[i + 1].text == name;
    };
    std::string shown = "." + tokens[i].text;
    if (tokens[i].text == "Capabilities" && (is_next("APIVersions") || is_next("KubeVersion"))) {
      shown += "." + tokens[++i].text;
    }
    if (tokens[i].text == "KubeVersion") {
      if (!facts_.kube_version) add(place, shown, kCluster, kTellKubeVersion);
      return i;
    }
    if (tokens[i].text == "APIVersions" && is_next("Has")) {
      shown += "." + tokens[++i].text;
      if (facts_.all_api_versions) return i;
      if (i + 1 < tokens.size() && tokens[i + 1].kind == TokenKind::text) {
        const std::string& version = tokens[++i].text;
        if (facts_.api_versions.contains(version)) return i;
        shown += " \"" + printable_utf8(ellipsize(version, 100)) + "\"";
      }
    }
    add(place, shown, kCluster, kTellVersions);
    return i;
  }

  void add(std::size_t at, std::string what, std::string_view depends, std::string_view remedy) {
    ++seen_;
    const std::size_t line =
        1 + static_cast<std::size_t>(std::lower_bound(breaks_.begin(), breaks_.end(), at) - breaks_.begin());
    const bool known = std::any_of(uses_.begin(), uses_.end(), [&](const VolatileUse& use) {
      return use.what == what && (use.line == line || at == 0);
    });
    if (known || uses_.size() == kMaxUses) return;
    uses_.push_back({path_, line, std::move(what), std::string(depends), std::string(remedy), {}});
  }

  const std::string path_;
  const std::string_view text_;
  const TextKind kind_;
  const ClusterFacts& facts_;
  std::vector<std::size_t> breaks_;
  std::vector<VolatileUse> uses_;
  std::string actions_;
  std::size_t seen_ = 0;
  std::optional<std::size_t> runs_text_;  ///< the first `tpl`
  bool brace_text_ = false;               ///< some action has a text with a '{', of which delimiters can be made
};

}  // namespace

std::vector<VolatileUse> volatile_uses(std::string_view path, std::string_view text, TextKind kind,
                                       const ClusterFacts& facts) {
  return Scanner(path, text, kind, facts).scan();
}

}  // namespace towline::render
