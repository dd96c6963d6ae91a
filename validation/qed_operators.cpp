#include "validation/qed_operators.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/cost/evidence.h"
#include "validation/qed_tables.h"

namespace partita {
namespace {

constexpr std::array<std::string_view, 10> kShapes{
    "model",  "operation", "Input_shape", "Input_channel", "Output_shape",
    "Stride", "Kernel",    "Filter",      "Group",         "FLOPS"};

struct Operation {
  std::string_view name;
  OpKind kind;
  std::string_view function;
};
constexpr std::array<Operation, 8> kOperations{{{"CONV_2D", OpKind::conv, ""},
                                                {"CONV_2D_GROUP", OpKind::grouped_conv, ""},
                                                {"DEPTHWISE_CONV_2D", OpKind::depthwise_conv, ""},
                                                {"FULLY_CONNECTED", OpKind::fully_connected, ""},
                                                {"MEAN", OpKind::reduction, "mean"},
                                                {"CONCATENATION", OpKind::concat, ""},
                                                {"MAX_POOL_2D", OpKind::pool, "max"},
                                                {"AVERAGE_POOL_2D", OpKind::pool, "avg"}}};

struct DeviceColumns {
  std::size_t latency = 0;
  std::optional<std::size_t> kernel;
};

/// `pixel4|gpu|float` as pixel4, float; empty: not of that form.
std::pair<std::string, std::string> device_column(const std::string& title) {
  constexpr std::string_view kMiddle = "|gpu|";
  const std::size_t at = title.find(kMiddle);
  if (at == std::string::npos) return {};
  return {title.substr(0, at), title.substr(at + kMiddle.size())};
}

/// The names in `convolution_2d_1_linked_:_add_2_linked_:_relu_3`: add, relu.
std::vector<std::string> linked(const std::string& kernel) {
  constexpr std::string_view kLink = "_linked_:_";
  std::vector<std::string> names;
  for (std::size_t at = kernel.find(kLink); at != std::string::npos;) {
    const std::size_t begin = at + kLink.size();
    at = kernel.find(kLink, begin);
    std::string name = kernel.substr(begin, at == std::string::npos ? at : at - begin);
    const std::size_t number = name.find_last_not_of("0123456789");
    if (number != std::string::npos && name[number] == '_') name.resize(number);
    names.push_back(std::move(name));
  }
  return names;
}

class Reader {
 public:
  explicit Reader(const Csv& csv) : csv_(csv) {
    std::vector<std::pair<std::string, DeviceColumns>> devices;
    for (std::size_t c = 0; c < csv.header.size(); ++c) {
      const std::string& title = csv.header[c];
      if (std::find(kShapes.begin(), kShapes.end(), title) != kShapes.end() ||
          title.starts_with("gflops_"))
        continue;
      const auto [device, what] = device_column(title);
      if (what != "float" && what != "kernel")
        throw InputError(
            fmt::format("{}: column \"{}\": unknown; known: {}, gflops_<device>, "
                        "<device>|gpu|<float or kernel>",
                        csv.name, title, fmt::join(kShapes, ", ")));
      const std::string soc = qed_soc(device, fmt::format("{}: column \"{}\"", csv.name, title));
      if (what == "float") {
        table_.socs.push_back(soc);
        columns_.push_back({c, std::nullopt});
        const std::string kernel = device + "|gpu|kernel";
        if (csv.has_column(kernel)) columns_.back().kernel = csv.column(kernel);
      }
    }
    if (columns_.empty()) throw InputError(csv.name + ": no column <device>|gpu|float");
  }

  QedOperators read() {
    for (std::size_t i = 0; i < csv_.rows.size(); ++i) {
      QedOperator row{csv_.rows[i][csv_.column("model")], csv_.lines[i], {}};
      const KernelWork work = shape(i);
      for (std::size_t d = 0; d < columns_.size(); ++d) {
        if (csv_.rows[i][columns_[d].latency].empty()) continue;
        const double latency_us = csv_.number(i, columns_[d].latency);
        if (latency_us <= 0) csv_.fail(i, columns_[d].latency, "must be positive");
        row.times.push_back({d, work, latency_us * 1e-6});
        if (columns_[d].kernel) fuse_into(row.times.back().work, csv_.rows[i][*columns_[d].kernel]);
      }
      table_.rows.push_back(std::move(row));
    }
    return std::move(table_);
  }

 private:
  double whole(std::size_t row, std::string_view title, double otherwise) const {
    const std::size_t c = csv_.column(title);
    if (csv_.rows[row][c] == "-") return otherwise;
    const double value = csv_.number(row, c);
    if (value < 0) csv_.fail(row, c, "must not be negative");
    return value;
  }

  KernelWork shape(std::size_t row) const {
    const std::size_t operation = csv_.column("operation");
    const auto known =
        std::find_if(kOperations.begin(), kOperations.end(),
                     [&](const Operation& o) { return o.name == csv_.rows[row][operation]; });
    if (known == kOperations.end()) csv_.fail(row, operation, "unknown operation");
    KernelWork w;
    w.operation = known->kind;
    w.function = known->function;
    w.in_channels = whole(row, "Input_channel", 1);
    w.in_height = w.in_width = whole(row, "Input_shape", 1);
    w.out_height = w.out_width = whole(row, "Output_shape", 1);
    w.out_channels = whole(row, "Filter", w.in_channels);
    w.kernel_h = w.kernel_w = whole(row, "Kernel", 1);
    w.stride_h = w.stride_w = whole(row, "Stride", 1);
    w.groups = whole(row, "Group", 1);
    if (w.operation == OpKind::depthwise_conv) {  // Filter: outputs of a channel
      w.groups = w.in_channels;
      w.out_channels *= w.in_channels;
    } else if (w.operation == OpKind::reduction) {  // Output_shape: channels
      w.out_height = w.out_width = w.stride_h = w.stride_w = 1;
      w.kernel_h = w.kernel_w = w.in_height;
      w.out_channels = w.in_channels;
    } else if (w.operation == OpKind::concat) {  // Kernel: how many inputs
      w.inputs = static_cast<int>(w.kernel_h);
      w.kernel_h = w.kernel_w = 1;
    }
    count_kernel(w);
    return w;
  }

  /// Additions read another tensor, but for those of a batch normalisation, after its product.
  static void fuse_into(KernelWork& work, const std::string& kernel) {
    const std::vector<std::string> names = linked(kernel);
    const auto normalization = std::find(names.begin(), names.end(), "mul");
    work.fused = static_cast<int>(names.size());
    work.fused_elements =
        static_cast<double>(std::count(names.begin(), normalization, "add")) * work.output_elements;
  }

  const Csv& csv_;
  std::vector<DeviceColumns> columns_;
  QedOperators table_;
};

}  // namespace

QedOperators read_qed_operators(const std::filesystem::path& path) {
  const Csv csv = read_csv(path);
  return Reader(csv).read();
}

}  // namespace partita
