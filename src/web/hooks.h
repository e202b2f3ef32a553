#pragma once

#include <string_view>

#include "engine/engine.h"
#include "net/http_client.h"
#include "registry/receiver.h"
#include "web/answer.h"

namespace towline::web {

/// A webhook of that forge: proven over the raw bytes, read, and durable before it is answered with 2xx.
Answer forge_hook(engine::Engine& engine, const config::ForgeConfig& forge, const HttpHeaders& headers,
                  std::string_view body);
/// The same for a registry's.
Answer registry_hook(engine::Engine& engine, const config::RegistryConfig& registry,
                     const registry::Incoming& incoming);

}  // namespace towline::web
