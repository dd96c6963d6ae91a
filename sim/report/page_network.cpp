// The partition on the network graph.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "sim/base/units.h"
#include "sim/report/layers.h"
#include "sim/report/page_run.h"
#include "sim/report/page_spec.h"
#include "sim/report/tracks.h"

namespace partita {
namespace {

using pages::Json;
using Edge = std::pair<std::size_t, std::size_t>;

constexpr std::size_t kAlone = 60;           ///< More operators: runs of one unit become one box.
constexpr std::size_t kMost = 1500;          ///< More boxes are not drawn.
constexpr double kAcross = 168, kDown = 66;  ///< Pixels from box to box.
const std::string kInput = "input", kCut = "cut over units";
constexpr double kBoxWidth = 150, kBoxHeight = 40;
constexpr double kStrip = 9;  ///< Height of the shares of a cut operator, below its name.

/// One or several operators drawn as one.
struct Box {
  std::vector<OpId> ops;
};

struct Crossing {
  double bytes = 0, seconds = 0;
};

class NetworkPicture {
 public:
  explicit NetworkPicture(const PlanStory& story)
      : story_(story),
        graph_(story.job.graph),
        soc_(story.job.soc),
        colours_(pages::unit_colours(soc_)) {
    make_boxes();
    make_edges();
    find_crossings();
    computing_s_.assign(graph_.size(), 0);
    for (std::size_t i = 0; i < story.schedule.tasks.size(); ++i) {
      const Task& task = story.schedule.tasks[i];
      if (task.request == 0 && task.kind == TaskKind::compute)
        computing_s_[index(task.op)] +=
            to_seconds(story.timeline.finish_ps[i] - story.timeline.start_ps[i]);
    }
  }

  PageSection section() {
    PageSection out;
    out.heading = "The partition";
    const std::size_t ops = placed_;
    out.lead = fmt::format(
        "{} in the order of the data, coloured by unit; an operator that is cut shows its shares. "
        "A red edge hands a tensor over to another unit; point at it for bytes and time.{}",
        placed_ <= kAlone
            ? fmt::format("The {} operators", ops)
            : fmt::format("The {} operators as {} boxes (runs on one unit are one box)", ops,
                          boxes_.size()),
        boxes_.size() > kMost ? " The network is too large to draw." : "");
    out.spoken = fmt::format("Graph of {} boxes and {} edges, {} of them hand-overs between units",
                             boxes_.size(), edges_.size(), crossing_.size());
    if (boxes_.size() <= kMost) out.spec = pages::spec_text(spec(out.spoken));
    out.tables.push_back(operators_table());
    out.tables.push_back(crossings_table());
    return out;
  }

 private:
  const std::vector<Share>& shares(OpId op) const { return story_.outcome.plan.shares[index(op)]; }
  /// The unit of an operator that is on one.
  std::optional<UnitId> unit_of(OpId op) const {
    return shares(op).size() == 1 ? std::optional(shares(op).front().mode.unit) : std::nullopt;
  }

  void make_boxes() {
    box_of_.assign(graph_.size(), 0);
    for (const OpId op : graph_.order()) placed_ += is_placed(graph_.op(op));
    for (const OpId op : graph_.order()) {
      const Operator& o = graph_.op(op);
      if (o.kind == OpKind::constant) continue;
      const auto before = graph_.predecessors(op);
      if (placed_ > kAlone && before.size() == 1 && graph_.successors(before[0]).size() == 1 &&
          is_placed(o) && is_placed(graph_.op(before[0])) && unit_of(op) &&
          unit_of(op) == unit_of(before[0])) {
        box_of_[index(op)] = box_of_[index(before[0])];
        boxes_[box_of_[index(op)]].ops.push_back(op);
        continue;
      }
      box_of_[index(op)] = boxes_.size();
      boxes_.push_back({{op}});
    }
  }

  void make_edges() {
    std::set<Edge> edges;
    for (const OpId op : graph_.order())
      for (const OpId next : graph_.successors(op)) {
        if (graph_.op(op).kind == OpKind::constant) continue;
        const Edge edge{box_of_[index(op)], box_of_[index(next)]};
        if (edge.first != edge.second) edges.insert(edge);
      }
    edges_.assign(edges.begin(), edges.end());
  }

  /// Do the two run on the same units?
  bool same_units(OpId a, OpId b) const {
    const auto units = [&](OpId op) {
      std::set<UnitId> out;
      for (const Share& share : shares(op)) out.insert(share.mode.unit);
      return out;
    };
    return units(a) == units(b);
  }

  /// What the first request hands over from box to box: tensors whose reader is on other units, and
  /// the tasks that this takes. A task without a tensor (waking a unit) is counted to the first
  /// such edge into its operator.
  void find_crossings() {
    for (const OpId op : graph_.order())
      for (const TensorId id : graph_.op(op).inputs) {
        const Tensor& tensor = graph_.tensor(id);
        if (!is_placed(graph_.op(tensor.producer)) || !is_placed(graph_.op(op)) ||
            same_units(tensor.producer, op))
          continue;
        const Precision precision = shares(tensor.producer).front().precision;
        crossing_[{box_of_[index(tensor.producer)], box_of_[index(op)]}].bytes +=
            static_cast<double>(elements(tensor.shape)) * element_bytes(precision);
      }
    const std::vector<OpId> reader = readers(story_.schedule);
    for (std::size_t i = 0; i < story_.schedule.tasks.size(); ++i) {
      const Task& task = story_.schedule.tasks[i];
      if (task.request != 0 || !is_transfer(task.kind)) continue;
      const std::size_t to = box_of_[index(reader[i])];
      const auto edge = std::find_if(crossing_.begin(), crossing_.end(), [&](const auto& entry) {
        return entry.first.second == to &&
               (static_cast<int>(task.tensor) < 0 ||
                entry.first.first == box_of_[index(graph_.tensor(task.tensor).producer)]);
      });
      if (edge != crossing_.end())
        edge->second.seconds +=
            to_seconds(story_.timeline.finish_ps[i] - story_.timeline.start_ps[i]);
    }
  }

  std::string box_name(const Box& box) const {
    if (box.ops.size() == 1) return graph_.op(box.ops.front()).name;
    return fmt::format("{}: {} .. {}", box.ops.size(), graph_.op(box.ops.front()).name,
                       graph_.op(box.ops.back()).name);
  }

  std::string units_text(OpId op) const {
    std::string out;
    for (const Share& share : shares(op)) {
      if (!out.empty()) out += ", ";
      out += to_string(soc_, share.mode);
      if (share.slice.axis != Axis::none)
        out += fmt::format(" ({} {} to {})", to_string(share.slice.axis), share.slice.begin,
                           share.slice.end);
    }
    return out.empty() ? "input" : out;
  }

  double computing_s(const Box& box) const {
    double sum = 0;
    for (const OpId op : box.ops) sum += computing_s_[index(op)];
    return sum;
  }

  Json spec(const std::string& description) {
    const LayeredDrawing drawing = lay_out_layers(boxes_.size(), edges_);
    left_ = drawing.left;
    const double width = (drawing.right - drawing.left) * kAcross + kBoxWidth + 20;
    const double height = (drawing.layers - 1) * kDown + kBoxHeight + 10;
    Json x = pages::channel("x", "quantitative"), y = pages::channel("y", "quantitative");
    x["axis"] = y["axis"] = nullptr;
    x["scale"] = {{"domain", {0, width}}, {"nice", false}};
    y["scale"] = {{"domain", {height, 0}}, {"nice", false}};
    Json spec = pages::picture(description);
    spec["usermeta"]["picks"] = true;
    spec["usermeta"]["tall"] = true;
    spec["params"] = Json::array({{{"name", "picked"}, {"value", nullptr}}});
    spec["width"] = width;
    spec["height"] = height;
    spec["resolve"] = {{"scale", {{"color", "independent"}}}};
    spec["layer"] = Json::array({edges_layer(drawing, x, y), marks_layer(drawing, x, y),
                                 boxes_layer(drawing, x, y), names_layer(drawing, x, y)});
    return spec;
  }

  double pixel_x(double x) const { return (x - left_) * kAcross + kBoxWidth / 2 + 10; }
  static double pixel_y(double layer) { return layer * kDown + kBoxHeight / 2 + 5; }

  Json edges_layer(const LayeredDrawing& drawing, const Json& x, const Json& y) const {
    Json values = Json::array();
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      const bool crosses = crossing_.count(edges_[e]) > 0;
      int point = 0;
      const auto add = [&](double at_x, double at_y) {
        values.push_back({{"edge", e},
                          {"i", point++},
                          {"x", at_x},
                          {"y", at_y},
                          {"kind", crosses ? "handed over" : "stays"}});
      };
      const LayerPoint from = drawing.nodes[edges_[e].first], to = drawing.nodes[edges_[e].second];
      add(pixel_x(from.x), pixel_y(from.layer) + kBoxHeight / 2);
      for (const LayerPoint& bend : drawing.bends[e]) add(pixel_x(bend.x), pixel_y(bend.layer));
      add(pixel_x(to.x), pixel_y(to.layer) - kBoxHeight / 2);
    }
    return {{"data", {{"values", std::move(values)}}},
            {"mark", {{"type", "line"}, {"strokeJoin", "round"}}},
            {"encoding",
             {{"x", x},
              {"y", y},
              {"detail", {{"field", "edge"}}},
              {"order", {{"field", "i"}, {"type", "quantitative"}}},
              {"color", edge_colours()},
              {"strokeWidth",
               {{"condition", {{"test", "datum.kind === 'handed over'"}, {"value", 2.6}}},
                {"value", 1.2}}}}}};
  }
  static Json edge_colours() {
    return {{"field", "kind"},
            {"type", "nominal"},
            {"scale", pages::colours({{"stays", "@faint"}, {"handed over", pages::kRed}})},
            {"legend", nullptr}};
  }

  /// A diamond on each edge that crosses, with what it takes.
  Json marks_layer(const LayeredDrawing& drawing, const Json& x, const Json& y) const {
    Json values = Json::array();
    for (const auto& [edge, crossing] : crossing_) {
      const auto at = std::find(edges_.begin(), edges_.end(), edge);
      if (at == edges_.end()) continue;
      const auto& bends = drawing.bends[static_cast<std::size_t>(at - edges_.begin())];
      const LayerPoint from = drawing.nodes[edge.first],
                       to = bends.empty() ? drawing.nodes[edge.second] : bends.front();
      const std::string bytes = format_quantity(crossing.bytes, Dimension::size);
      // One hand-over serves all readers on a unit; it is counted where the first one reads.
      const std::string time = crossing.seconds > 0
                                   ? format_quantity(crossing.seconds, Dimension::time)
                                   : "nothing more: handed over for another reader";
      values.push_back({{"x", pixel_x(from.x + (to.x - from.x) / 2)},
                        {"y", (pixel_y(from.layer) + pixel_y(to.layer)) / 2},
                        {"n", box_name(boxes_[edge.first]) + " → " + box_name(boxes_[edge.second])},
                        {"b", bytes},
                        {"d", time},
                        {"label", crossing.seconds > 0 ? fmt::format("{}, {}", bytes, time) : ""}});
    }
    const Json tips = pages::tips({{"n", "hand-over"}, {"b", "tensors"}, {"d", "takes"}});
    Json text{{"mark", {{"type", "text"}, {"align", "left"}, {"dx", 9}, {"fontSize", 10}}},
              {"encoding", {{"x", x}, {"y", y}, {"text", pages::channel("label", "nominal")}}}};
    Json diamond{
        {"mark", {{"type", "point"}, {"shape", "diamond"}, {"size", 90}, {"color", pages::kRed}}},
        {"encoding", {{"x", x}, {"y", y}, {"tooltip", tips}}}};
    return {{"data", {{"values", std::move(values)}}},
            {"layer", Json::array({std::move(diamond), std::move(text)})}};
  }

  /// Of what the shares of a cut operator divide.
  static double extent(const Share& share) {
    return static_cast<double>(share.slice.end - share.slice.begin);
  }

  Json boxes_layer(const LayeredDrawing& drawing, const Json& x, const Json& y) const {
    Json values = Json::array();
    std::vector<bool> used(soc_.units.size());
    bool cut = false;
    for (std::size_t b = 0; b < boxes_.size(); ++b) {
      const Box& box = boxes_[b];
      const double left = pixel_x(drawing.nodes[b].x) - kBoxWidth / 2,
                   top = pixel_y(drawing.nodes[b].layer) - kBoxHeight / 2;
      const auto add = [&](const std::string& unit, double begin, double end, double height) {
        values.push_back({{"op", graph_.op(box.ops.front()).name},
                          {"ops", names_of(box)},
                          {"x", left + begin * kBoxWidth},
                          {"x2", left + end * kBoxWidth},
                          {"y", top + kBoxHeight - height},
                          {"y2", top + kBoxHeight},
                          {"u", unit},
                          {"n", box_name(box)},
                          {"k", kinds_of(box)},
                          {"on", units_text(box.ops.front())},
                          {"d", format_quantity(computing_s(box), Dimension::time)}});
      };
      const auto& parts = shares(box.ops.front());
      for (const Share& share : parts) used[index(share.mode.unit)] = true;
      if (parts.size() < 2) {
        add(parts.empty() ? kInput : soc_.unit(parts.front().mode.unit).name, 0, 1, kBoxHeight);
        continue;
      }
      cut = true;
      add(kCut, 0, 1, kBoxHeight);
      double whole = 0, begin = 0;
      for (const Share& share : parts) whole += extent(share);
      for (const Share& share : parts) {
        const double end = begin + extent(share) / whole;
        add(soc_.unit(share.mode.unit).name, begin, end, kStrip);
        begin = end;
      }
    }
    std::vector<std::pair<std::string, std::string>> named;
    for (std::size_t u = 0; u < used.size(); ++u)
      if (used[u]) named.emplace_back(soc_.units[u].name, colours_[u]);
    if (cut) named.emplace_back(kCut, "@panel");
    named.emplace_back(kInput, "@line");
    Json colour = pages::channel("u", "nominal", "unit");
    colour["scale"] = pages::colours(named);
    const char* test = "picked !== null && indexof(datum.ops, picked) >= 0";
    return {{"data", {{"values", std::move(values)}}},
            {"mark", {{"type", "rect"}, {"cursor", "pointer"}}},
            {"encoding",
             {{"x", x},
              {"x2", {{"field", "x2"}}},
              {"y", y},
              {"y2", {{"field", "y2"}}},
              {"color", colour},
              {"stroke",
               {{"condition",
                 Json::array({{{"test", test}, {"value", "@text"}},
                              {{"test", "datum.u === '" + kCut + "'"}, {"value", "@faint"}}})},
                {"value", "@ground"}}},
              {"strokeWidth", {{"condition", {{"test", test}, {"value", 3.5}}}, {"value", 1}}},
              {"tooltip",
               pages::tips(
                   {{"n", "operator"}, {"k", "kind"}, {"on", "runs on"}, {"d", "computing"}})}}}};
  }

  Json names_of(const Box& box) const {
    Json names = Json::array();
    for (const OpId op : box.ops) names.push_back(graph_.op(op).name);
    return names;
  }
  std::string kinds_of(const Box& box) const {
    std::vector<std::string> kinds;
    for (const OpId op : box.ops)
      if (const std::string kind(to_string(graph_.op(op).kind));
          std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
        kinds.push_back(kind);
    std::string text = fmt::format("{}", fmt::join(kinds, ", "));
    const Operator& last = graph_.op(box.ops.back());
    if (!last.outputs.empty())
      text += " to " + to_string(graph_.tensor(last.outputs.front()).shape);
    return text;
  }

  Json names_layer(const LayeredDrawing& drawing, const Json& x, const Json& y) const {
    Json values = Json::array();
    for (std::size_t b = 0; b < boxes_.size(); ++b) {
      const auto& parts = shares(boxes_[b].ops.front());
      const double middle = pixel_y(drawing.nodes[b].layer);
      values.push_back(
          {{"x", pixel_x(drawing.nodes[b].x)},
           {"y", parts.size() > 1 ? middle - kStrip / 2 : middle},
           {"n", box_name(boxes_[b])},
           {"k", kinds_of(boxes_[b])},
           {"ink",
            parts.size() == 1 ? pages::ink_on(colours_[index(parts.front().mode.unit)]) : ""}});
    }
    const Json ink{
        {"condition", Json::array({{{"test", "datum.ink === '#ffffff'"}, {"value", "#ffffff"}},
                                   {{"test", "datum.ink === '#000000'"}, {"value", "#000000"}}})},
        {"value", "@text"}};
    const auto line = [&](const char* field, int dy, int size) {
      return Json{
          {"mark",
           {{"type", "text"},
            {"limit", kBoxWidth - 8},
            {"baseline", "middle"},
            {"dy", dy},
            {"fontSize", size}}},
          {"encoding",
           {{"x", x}, {"y", y}, {"text", pages::channel(field, "nominal")}, {"color", ink}}}};
    };
    return {{"data", {{"values", std::move(values)}}},
            {"layer", Json::array({line("n", -7, 12), line("k", 8, 10)})}};
  }

  PageTable operators_table() const {
    PageTable table{"Operators",
                    {{"operator"}, {"kind"}, {"output"}, {"runs on"}},
                    {},
                    "`partita run --json` lists the whole assignment."};
    for (const OpId op : graph_.order()) {
      const Operator& o = graph_.op(op);
      if (!is_placed(o)) continue;
      table.rows.push_back(
          {o.name, std::string(to_string(o.kind)),
           o.outputs.empty() ? "" : to_string(graph_.tensor(o.outputs.front()).shape),
           units_text(op)});
    }
    return table;
  }

  PageTable crossings_table() const {
    PageTable table{"Hand-overs of one request, by edge",
                    {{"from"}, {"to"}, {"tensors", true}, {"time", true}},
                    {}};
    for (const auto& [edge, crossing] : crossing_)
      table.rows.push_back({box_name(boxes_[edge.first]), box_name(boxes_[edge.second]),
                            format_quantity(crossing.bytes, Dimension::size),
                            format_quantity(crossing.seconds, Dimension::time)});
    return table;
  }

  const PlanStory& story_;
  const Graph& graph_;
  const Soc& soc_;
  std::vector<std::string> colours_;
  std::vector<std::size_t> box_of_;
  std::vector<Box> boxes_;
  std::vector<Edge> edges_;
  std::map<Edge, Crossing> crossing_;
  std::vector<double> computing_s_;  ///< Of the first request, by operator, all shares.
  std::size_t placed_ = 0;
  double left_ = 0;
};

}  // namespace

PageSection network_section(const PlanStory& story) {
  return NetworkPicture(story).section();
}

}  // namespace partita
