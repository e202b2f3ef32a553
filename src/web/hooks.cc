#include "web/hooks.h"

#include <algorithm>
#include <string>

#include "base/log.h"
#include "base/text.h"
#include "forge/kinds.h"

namespace towline::web {

namespace {

/// It is not the sender's fault, and they are to try again.
constexpr std::chrono::seconds kUsualWait{10};

Answer come_again(std::string_view why, std::chrono::seconds wait = kUsualWait) {
  Answer answer = error_answer(503, why);
  answer.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  answer.outcome = "failed";
  return answer;
}

Answer taken_in(const Result<store::IntakeResult>& result) {
  if (result) return status_answer(202, *result == store::IntakeResult::accepted ? "accepted" : "duplicate");
  log::error("a webhook could not be stored", {{"error", result.error().message}, {"detail", result.error().detail}});
  return come_again("the delivery could not be stored: send it again");
}

/// Forges compare owners and names without case, and answer to any spelling; the configured one is the key's.
const RepoName* configured(const config::ForgeConfig& forge, const RepoName& repo) {
  const std::string wanted = to_lower(repo.str());
  const auto found = std::find_if(forge.repositories.begin(), forge.repositories.end(),
                                  [&](const RepoName& known) { return to_lower(known.str()) == wanted; });
  return found == forge.repositories.end() ? nullptr : &*found;
}

}  // namespace

Answer forge_hook(engine::Engine& engine, const config::ForgeConfig& forge, const HttpHeaders& headers,
                  std::string_view body) {
  const forge::Kind* kind = forge::find_kind(forge.kind);
  if (kind == nullptr) return error_answer(404, "there is no such hook");
  if (const auto proof = kind->verify(headers, body, forge.webhook_secrets); !proof) {
    return error_answer(401, proof.error().message);
  }
  Result<forge::Delivery> delivery = kind->parse(headers, body);
  if (!delivery) return error_answer(400, delivery.error().message);
  if (delivery->event.kind == forge::EventKind::ignored) return status_answer(202, "ignored");
  const RepoName* repo = configured(forge, delivery->event.repo);
  if (repo == nullptr) return status_answer(202, "ignored");
  delivery->event.repo = *repo;
  return taken_in(engine.forge_event(forge.name, *delivery));
}

Answer registry_hook(engine::Engine& engine, const config::RegistryConfig& registry,
                     const registry::Incoming& incoming) {
  const registry::Receiver* receiver = registry::find_receiver(registry.kind);
  const bool secret_belongs = receiver != nullptr && receiver->proof == registry::Proof::path_secret;
  if (receiver == nullptr || (!incoming.path_secret.empty() && !secret_belongs)) {
    return error_answer(404, "there is no such hook");
  }
  registry::KeySet keys;
  if (receiver->proof == registry::Proof::id_token) {
    auto known = engine.token_keys(registry.name, registry::signing_key_of(incoming.headers));
    if (!known) return come_again(known.error().message, known.error().retry_after.value_or(kUsualWait));
    keys = *std::move(known);
  }
  const registry::Trust trust{registry.secret, registry.tokens, keys, engine.now(), registry.tolerance};
  if (const auto proof = receiver->verify(incoming, trust); !proof) return error_answer(401, proof.error().message);
  const auto images = receiver->parse(incoming, registry.host.empty() ? receiver->host : registry.host);
  if (!images) return error_answer(400, images.error().message);
  if (images->empty()) return status_answer(202, "ignored");
  return taken_in(engine.images_pushed(registry.name, receiver->delivery_id(incoming), *images));
}

}  // namespace towline::web
