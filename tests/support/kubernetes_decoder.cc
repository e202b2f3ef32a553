#include "support/kubernetes_decoder.h"

#include <sstream>
#include <stdexcept>

#include "program/process.h"
#include "support/real_tools.h"

namespace towline::test {

std::optional<std::vector<KubernetesAnswer>> decode_with_kubernetes(
    const std::vector<std::pair<std::string, std::string>>& files) {
  const auto tools = real_tools();
  if (!tools) return std::nullopt;
  ProcessSpec spec;
  spec.argv = {*tools + "/kubedecode"};
  spec.max_output_bytes = 2u << 30;
  for (const auto& [name, content] : files) {
    spec.standard_input += std::to_string(name.size()) + " " + std::to_string(content.size()) + "\n" + name + content;
  }
  const auto output = run_process(spec);
  if (!output || output->exit_code != 0) throw std::runtime_error("kubedecode failed");
  std::vector<KubernetesAnswer> answers;
  std::istringstream lines(output->standard_output);
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line);
    KubernetesAnswer& answer = answers.emplace_back();
    for (const Json& object : json.at("objects")) answer.objects.push_back(object);
    answer.error = json.value("error", "");
    answer.is_ignored = json.value("ignored", false);
  }
  if (answers.size() != files.size()) throw std::runtime_error("kubedecode gave another number of answers");
  return answers;
}

}  // namespace towline::test
