// Axes of a sweep's plan, read from its file. Internal to sweep_read.cpp and sweep_axes.cpp.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "partitioners/partitioner.h"
#include "tools/partita/study_names.h"
#include "tools/partita/sweep.h"

namespace partita {

/// A list, or one value as a list of one.
std::vector<Yaml> sweep_items(const Yaml& yaml);

class SweepAxisReader {
 protected:
  SweepAxis& add(SweepUse use, std::string column, std::string key, const Yaml& yaml);

  /// `check` throws what it does not accept.
  template <class Check>
  void add_names(SweepUse use, const char* column, const Yaml& yaml, Check check) {
    SweepAxis& axis = add(use, column, "", yaml);
    for (const Yaml& item : sweep_items(yaml)) {
      const std::string name = item.text();
      at(item, [&] { check(item, name); });
      if (holds(axis.axis.names, name)) item.fail(fmt::format("\"{}\" is listed twice", name));
      axis.axis.names.push_back(name);
    }
  }
  void add_integers(SweepUse use, const char* column, const Yaml& yaml, std::int64_t least,
                    std::int64_t most);
  /// Options by number: a value, a list or a range, within the bounds of those that have it.
  void add_numbers(SweepUse use, const std::string& key, const Yaml& yaml,
                   const std::vector<OptionInfo>& options, std::string_view of);
  /// Of every SoC of the plan.
  void add_change(const std::string& key, const Yaml& yaml);

  SweepPlan plan_;
  std::vector<Soc> socs_;

 private:
  using Value = std::function<double(const Yaml&)>;
  void read_values(SweepAxis& axis, const Yaml& yaml, const Value& value) const;
  void read_range(SweepAxis& axis, const Yaml& yaml, const Value& value) const;
};

}  // namespace partita
