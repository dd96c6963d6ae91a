// Names of TFLite's operator codes, by the numbers of the format. Private to sim/graph.
#pragma once

#include <string>

namespace partita::tflite_reader {

/// `CONV_2D`; `code 201` when unknown.
std::string code_name(int code);

}  // namespace partita::tflite_reader
