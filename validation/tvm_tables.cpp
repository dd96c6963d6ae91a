#include "validation/tvm_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "sim/base/error.h"
#include "sim/base/files.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Family and layout of a schedule template's name.
void apply_template(TvmKernel& k, std::string_view name, std::string_view where) {
  if (name.starts_with("depthwise_conv2d"))
    k.family = TvmKernel::depthwise;
  else if (name.starts_with("dense"))
    k.family = TvmKernel::dense;
  else if (name.starts_with("conv2d"))
    k.family = holds(name, "_win") ? TvmKernel::winograd : TvmKernel::direct;
  else
    throw_unknown(where, "template", name, {"conv2d_*", "depthwise_conv2d_*", "dense_*"});
  k.nhwc = holds(name, "nhwc");
  k.own_layout = holds(name, "tpack");
}

double positive(const Csv& csv, std::size_t row, std::size_t column) {
  const double value = csv.number(row, column);
  if (value <= 0) csv.fail(row, column, "must be positive");
  return value;
}

/// "1x64x56x56"
std::vector<double> extents(const Csv& csv, std::size_t row, std::size_t column, std::size_t least,
                            std::size_t most) {
  std::vector<double> values;
  for (const std::string& part : split(csv.rows[row][column], 'x'))
    values.push_back(
        parse_number(part, fmt::format("{}:{}: {}", csv.name, csv.lines[row], csv.header[column])));
  if (values.size() < least || values.size() > most)
    csv.fail(row, column, fmt::format("needs {} to {} extents, as in 1x64x56x56", least, most));
  return values;
}

std::string soc_of(std::string_view label) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSocs{
      {{"SD888_", "snapdragon-888"},
       {"SD8Gen1_", "snapdragon-8-gen-1"},
       {"SD8+Gen1_", "snapdragon-8-plus-gen-1"},
       {"SD8Gen2_", "snapdragon-8-gen-2"},
       {"SD8Gen3_", "snapdragon-8-gen-3"}}};
  for (const auto& [prefix, soc] : kSocs)
    if (label.starts_with(prefix)) return std::string(soc);
  return {};
}

void demand_columns(const Csv& csv, const std::vector<std::string>& known) {
  for (const std::string& title : csv.header)
    if (std::find(known.begin(), known.end(), title) == known.end())
      throw_unknown(csv.name + ":1", "column", title, known);
  for (const std::string& title : known) csv.column(title);
}

void read_shapes(const Csv& csv, std::size_t i, std::string_view task, TvmKernel& k) {
  const std::size_t input = csv.column("input_shape"), weight = csv.column("weight_shape");
  if (k.family == TvmKernel::dense) {
    const auto in = extents(csv, i, input, 2, 2), w = extents(csv, i, weight, 2, 3);
    k.batch = in[0];
    k.in_channels = in[1];
    k.out_channels = w[0];
    return;
  }
  const auto in = extents(csv, i, input, 4, 5), w = extents(csv, i, weight, in.size(), in.size());
  const auto stride = extents(csv, i, csv.column("strides"), 2, 2),
             pad = extents(csv, i, csv.column("pad"), 4, 4),
             dilation = extents(csv, i, csv.column("dilation"), 2, 2);
  k.batch = in[0];
  k.packed = in.size() == 5;
  const std::size_t c = k.nhwc ? 3 : 1, h = k.nhwc ? 1 : 2;
  const double block = k.packed ? 4 : 1;
  k.in_channels = in[c] * block;
  k.in_height = in[h];
  k.in_width = in[h + 1];
  k.kernel_h = w[k.nhwc ? 0 : 2];
  k.kernel_w = w[k.nhwc ? 1 : 3];
  k.out_channels = task.starts_with("depthwise") ? k.in_channels : (k.nhwc ? w[3] : w[0]) * block;
  k.stride = stride[0];
  k.dilation = dilation[0];
  const auto out = [&](double size, double padding, double window, double step) {
    return std::floor((size + padding - k.dilation * (window - 1) - 1) / step) + 1;
  };
  k.out_height = out(k.in_height, pad[0] + pad[2], k.kernel_h, stride[0]);
  k.out_width = out(k.in_width, pad[1] + pad[3], k.kernel_w, stride[1]);
  for (const double extent : {k.in_channels, k.out_channels, k.out_height, k.out_width})
    if (extent < 1) csv.fail(i, input, "leaves no output");
}

/// fp16 rows of one kernel where another row tells them apart: the other is the other.
void settle_pairs(TvmTables& tables, const std::vector<std::string>& keys) {
  std::map<std::string, std::vector<std::size_t>> same;
  for (std::size_t i = 0; i < keys.size(); ++i) same[keys[i]].push_back(i);
  for (const auto& [key, at] : same) {
    TvmRow& first = tables.kernels[at.front()];
    if (at.size() == 1) first.numbers_known = true;
    if (at.size() != 2) continue;
    TvmRow& second = tables.kernels[at.back()];
    const auto settle = [](TvmRow& open, const TvmRow& told) {
      open.numbers_known = true;
      open.kernel.numbers =
          told.kernel.numbers == TvmNumbers::half ? TvmNumbers::mixed : TvmNumbers::half;
    };
    if (!first.numbers_known && second.numbers_known) settle(first, second);
    if (!second.numbers_known && first.numbers_known) settle(second, first);
  }
}

TvmTables read_kernel_file(const Csv& csv) {
  const std::vector<std::string> columns{"soc",          "task",    "dtype",     "input_shape",
                                         "weight_shape", "strides", "pad",       "dilation",
                                         "macs",         "best_ms", "n_records", "models"};
  demand_columns(csv, columns);
  const std::size_t soc = csv.column("soc"), task = csv.column("task"), dtype = csv.column("dtype"),
                    best = csv.column("best_ms"), models = csv.column("models");
  TvmTables tables;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    const std::string& name = csv.rows[i][task];
    const std::string& numbers = csv.rows[i][dtype];
    TvmRow row;
    row.soc = soc_of(csv.rows[i][soc]);
    row.latency_s = positive(csv, i, best) * 1e-3;
    // Templates of other GPUs, and records whose fields the reduction misread.
    const bool other = holds(name, ".mali") || holds(name, ".opencl") || name == "conv2d_nchw.cuda";
    if (row.soc.empty() || other || (numbers != "float16" && numbers != "float32")) {
      ++tables.dropped;
      continue;
    }
    apply_template(row.kernel, name, fmt::format("{}:{}: task", csv.name, csv.lines[i]));
    read_shapes(csv, i, name, row.kernel);
    row.networks = split(csv.rows[i][models], ';');
    const auto any = [&](auto test) {
      return std::any_of(row.networks.begin(), row.networks.end(), test);
    };
    if (numbers == "float32") {
      row.kernel.numbers = TvmNumbers::single;
    } else if (holds(name, "_acc32") || any([](const auto& m) { return holds(m, "acc32"); })) {
      row.kernel.numbers = TvmNumbers::mixed;
    } else {
      row.numbers_known = any([](const auto& m) { return m.ends_with("float16"); });
    }
    std::string key;
    for (std::size_t c = 0; c < columns.size() - 4; ++c)
      key += csv.rows[i][csv.column(columns[c])] + '|';
    keys.push_back(std::move(key));
    tables.kernels.push_back(std::move(row));
  }
  settle_pairs(tables, keys);
  return tables;
}

const std::string& network_of(const std::string& model) {
  static const std::map<std::string, std::string> names{{"mace_mobilenetv1", "mobilenet-v1"},
                                                        {"mace_mobilenetv1_nchw", "mobilenet-v1"},
                                                        {"mace_mobilenetv1_nhwc", "mobilenet-v1"},
                                                        {"mace_resnet50_v2", "resnet50-v2"},
                                                        {"mace_inceptionv3", "inception-v3"},
                                                        {"mace_inceptionv3_nchw", "inception-v3"},
                                                        {"mace_deeplabv3", "deeplab-v3"},
                                                        {"mace_yolov3", "yolov3"},
                                                        {"mxnet_vgg16", "vgg16"},
                                                        {"vgg16", "vgg16"}};
  const auto found = names.find(model);
  return found == names.end() ? model : found->second;
}

TvmTables read_whole_file(const Csv& csv) {
  demand_columns(csv, {"soc", "device", "model", "precision", "executor", "e2e_ms", "source"});
  const std::size_t soc = csv.column("soc"), model = csv.column("model"),
                    precision = csv.column("precision"), latency = csv.column("e2e_ms"),
                    source = csv.column("source");
  TvmTables tables;
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    TvmNetworkRow row;
    row.soc = soc_of(csv.rows[i][soc]);
    row.network = network_of(csv.rows[i][model]);
    row.blocked = holds(csv.rows[i][source], "2022");
    row.latency_s = positive(csv, i, latency) * 1e-3;
    const std::array<std::pair<std::string_view, TvmNumbers>, 3> known{
        {{"fp16", TvmNumbers::half},
         {"fp16_acc32", TvmNumbers::mixed},
         {"fp32", TvmNumbers::single}}};
    const auto found = std::find_if(known.begin(), known.end(), [&](const auto& k) {
      return k.first == csv.rows[i][precision];
    });
    if (found == known.end())
      throw_unknown(fmt::format("{}:{}: precision", csv.name, csv.lines[i]), "precision",
                    csv.rows[i][precision], {"fp16", "fp16_acc32", "fp32"});
    row.numbers = found->second;
    if (row.soc.empty())
      ++tables.dropped;
    else
      tables.networks.push_back(std::move(row));
  }
  return tables;
}

/// `conv2d_nchwc/acc16/packed`; acc?: a pair that does not say.
TvmRow read_trace_row(const Csv& csv, std::size_t i, const std::string& soc, bool single) {
  TvmRow row;
  row.soc = soc;
  row.networks = split(csv.rows[i][csv.column("network")], ';');
  row.latency_s = positive(csv, i, csv.column("latency_us")) * 1e-6;
  const std::size_t tag = csv.column("tag");
  const auto parts = split(csv.rows[i][tag], '/');
  if (parts.size() < 2) csv.fail(i, tag, "needs template/accumulator, as in conv2d_nchwc/acc16");
  TvmKernel& k = row.kernel;
  apply_template(k, parts[0], fmt::format("{}:{}: tag", csv.name, csv.lines[i]));
  k.packed = parts.size() > 2 && parts[2] == "packed";
  row.numbers_known = parts[1] != "acc?";
  k.numbers = single                ? TvmNumbers::single
              : parts[1] == "acc32" ? TvmNumbers::mixed
                                    : TvmNumbers::half;
  const auto number = [&](std::string_view title) { return positive(csv, i, csv.column(title)); };
  k.batch = number("batch");
  k.in_channels = number("in_channels");
  k.in_height = number("in_height") / k.batch;
  k.in_width = number("in_width");
  k.out_channels = number("out_channels");
  k.out_height = number("out_height") / k.batch;
  k.out_width = number("out_width");
  k.kernel_h = number("kernel_h");
  k.kernel_w = number("kernel_w");
  k.stride = number("stride_h");
  k.dilation = number("dilation");
  if (k.family == TvmKernel::dense) k.in_height = k.out_height = 1;
  return row;
}

}  // namespace

TvmTables read_tvm_traces(const Catalog& catalog) {
  TvmTables tables;
  for (const Catalog::ProfileEntry& entry : catalog.profiles()) {
    if (entry.runtime != "tvm" || !fs::exists(entry.folder / "templates.csv")) continue;
    const Csv csv = read_csv(entry.folder / "templates.csv");
    const bool single = entry.precision == "fp32";
    for (std::size_t i = 0; i < csv.rows.size(); ++i)
      tables.kernels.push_back(read_trace_row(csv, i, entry.soc, single));
    if (!fs::exists(entry.folder / "networks.csv")) continue;
    const Csv whole = read_csv(entry.folder / "networks.csv");
    for (std::size_t i = 0; i < whole.rows.size(); ++i) {
      const std::string& tag = whole.rows[i][whole.column("tag")];
      TvmNetworkRow row{entry.soc, whole.rows[i][whole.column("network")], TvmNumbers::single,
                        tag.starts_with("2022"),
                        positive(whole, i, whole.column("latency_ms")) * 1e-3};
      if (!single) row.numbers = tag.ends_with("acc32") ? TvmNumbers::mixed : TvmNumbers::half;
      tables.networks.push_back(std::move(row));
    }
  }
  return tables;
}

TvmTables read_tvm_file(const fs::path& path) {
  const Csv csv = read_csv(path);
  return csv.has_column("e2e_ms") ? read_whole_file(csv) : read_kernel_file(csv);
}

TvmNetworks read_tvm_networks(const fs::path& path) {
  const Csv csv = read_csv(path);
  TvmNetworks networks;
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    const auto number = [&](std::string_view title) { return positive(csv, i, csv.column(title)); };
    const std::string& kind = csv.rows[i][csv.column("kind")];
    TvmKernel k;
    k.family = kind == "depthwise_conv"    ? TvmKernel::depthwise
               : kind == "fully_connected" ? TvmKernel::dense
                                           : TvmKernel::direct;
    k.nhwc = csv.rows[i][csv.column("layout")] == "nhwc";
    k.in_channels = number("in_channels");
    k.in_height = k.in_width = number("in_size");
    k.out_channels = number("out_channels");
    k.out_height = k.out_width = number("out_size");
    k.kernel_h = number("kernel_h");
    k.kernel_w = number("kernel_w");
    k.stride = number("stride");
    k.dilation = number("dilation");
    networks[csv.rows[i][csv.column("network")]].push_back({k, number("count")});
  }
  return networks;
}

}  // namespace partita
