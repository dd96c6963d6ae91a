#include "tools/partita/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/zoo.h"
#include "sim/base/yaml.h"
#include "tools/partita/lab_answer.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kKept = 12;  ///< Planned jobs; a slider's last positions and then some.

std::vector<std::string> network_names(const Catalog& catalog) {
  std::vector<std::string> names = catalog.models();
  for (const ZooNetwork& network : zoo()) names.push_back(network.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string known_name(const Yaml& node, std::string_view what,
                       const std::vector<std::string>& names) {
  const std::string name = node.text();
  if (std::find(names.begin(), names.end(), name) == names.end())
    node.fail(fmt::format("no {} \"{}\" here; /api/choices names them", what, name));
  return name;
}

}  // namespace

struct Lab::Question {
  JobRequest job;
  std::string partitioner;
  std::vector<LabMove> moves;
  std::string key;  ///< Of all but the moves.
};

struct Lab::Planned {
  std::string key;
  std::unique_ptr<Prepared> prepared;
  std::unique_ptr<Beliefs> beliefs;
  std::string partitioner;
  Decision decision;
};

Lab::Lab(const std::vector<std::string>& socs, const std::vector<std::string>& models)
    : socs_(socs), models_(models) {
  for (const std::string& soc : socs) opened_.soc(soc);
  for (const std::string& model : models) opened_.graph(model);
  for (const std::string& name : opened_.catalog().socs()) socs_.push_back(name);
  for (std::string& name : network_names(opened_.catalog())) models_.push_back(std::move(name));
}
Lab::~Lab() = default;

std::string Lab::choices() {
  ordered_json socs = ordered_json::array(), planners = ordered_json::array();
  for (const std::string& name : socs_)
    socs.push_back({{"name", name}, {"title", opened_.soc(name).title}});
  for (const PartitionerInfo& info : registry_.all()) {
    ordered_json objectives = ordered_json::array();
    for (const Objective objective : info.objectives) objectives.push_back(to_string(objective));
    planners.push_back({{"name", info.name},
                        {"summary", info.summary},
                        {"search", info.effort != Effort::heuristic},
                        {"objectives", objectives}});
  }
  return ordered_json{{"socs", socs},
                      {"models", models_},
                      {"partitioners", planners},
                      {"objectives", objective_names()}}
      .dump();
}

namespace {

LabMove read_move(const std::string& op, const Yaml& node) {
  LabMove move{op, {}, {}, 1, node};
  if (const auto unit = node.find("unit")) {
    move.units = {unit->text()};
  } else {
    for (const Yaml& each : node.at("units").items()) move.units.push_back(each.text());
    if (move.units.size() != 2 || move.units[0] == move.units[1])
      node.at("units").fail("expected two different units");
    move.cut = node.at("cut").text();
    move.part = node.at("part").number();
    if (!(move.part > 0 && move.part < 1)) node.at("part").fail("must be between 0 and 1");
  }
  node.done();
  return move;
}

}  // namespace

Lab::Question Lab::read(std::string_view text) {
  if (text.size() > kMostBytes)
    throw InputError(fmt::format("a question has at most {} bytes", kMostBytes));
  const Yaml body = Yaml::load_text(text, "question");  // JSON is YAML.
  Question question;
  JobRequest& job = question.job;
  job.soc = known_name(body.at("soc"), "SoC", socs_);
  job.model = known_name(body.at("model"), "network", models_);
  question.partitioner = body.at("partitioner").text();
  registry_.find(question.partitioner);
  if (const auto runtime = body.find("runtime")) job.runtime = runtime->text();
  if (const auto objective = body.find("objective"))
    job.objective = objective_names()[objective->choice("objective", objective_names())];
  if (const auto contention = body.find("contention")) job.no_contention = !contention->boolean();
  if (const auto clocks = body.find("clocks"))
    for (const auto& [domain, hz] : clocks->entries())
      job.clocks.push_back(fmt::format("{}={:.9g}MHz", domain, 1e-6 * hz.number()));
  if (const auto changes = body.find("changes"))
    for (const auto& [key, value] : changes->entries())
      job.changes.push_back(fmt::format("{}={}", key, value.text()));
  if (const auto moves = body.find("moves"))
    for (const auto& [op, move] : moves->entries()) question.moves.push_back(read_move(op, move));
  body.done();
  question.key = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", job.soc, job.model, job.runtime,
                             job.objective, job.no_contention, question.partitioner,
                             fmt::join(job.clocks, ","), fmt::join(job.changes, ","));
  return question;
}

const Lab::Planned& Lab::planned(const Question& question) {
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Planned& kept) { return kept.key == question.key; });
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
    return kept_.front();
  }
  Planned planned{question.key, prepare(question.job, opened_), nullptr, question.partitioner, {}};
  const PartitionerInfo& info = registry_.find(question.partitioner);
  planned.beliefs = std::make_unique<Beliefs>(*planned.prepared, 0);
  std::string unseen;
  planned.decision = decide(*planned.prepared, question.job, info, OptionsFor::it, Console(unseen),
                            *planned.beliefs);
  kept_.push_front(std::move(planned));
  if (kept_.size() > kKept) kept_.pop_back();
  return kept_.front();
}

std::string Lab::answer(std::string_view text) {
  const Question question = read(text);
  const Planned& planned = this->planned(question);
  return lab_answer(*planned.prepared, *planned.beliefs, planned.partitioner,
                    planned.decision.result, question.moves);
}

}  // namespace partita
