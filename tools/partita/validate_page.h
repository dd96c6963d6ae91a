// A page of suites: predicted against measured, errors, figures.
#pragma once

#include <vector>

#include "sim/report/page.h"
#include "validation/validation.h"

namespace partita {

/// With pictures of each suite's quantities that are not parts of others.
Page validation_page(const std::vector<SuiteResult>& results);

/// `a.b.c` where there is a line `a.b` or `a`: part of it.
bool is_detail(const SuiteResult& result, const std::string& quantity);

}  // namespace partita
