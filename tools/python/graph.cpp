// Networks and their operators.
#include "sim/graph/graph.h"

#include <memory>

#include "sim/cost/cost.h"
#include "tools/partita/prepare.h"
#include "tools/python/bindings.h"

namespace partita::python {
namespace {

struct PyOperator {
  std::shared_ptr<const Graph> graph;
  OpId id{};
  const Operator& get() const { return graph->op(id); }
  std::vector<Shape> shapes(const std::vector<TensorId>& tensors) const {
    std::vector<Shape> out;
    for (const TensorId t : tensors) out.push_back(graph->tensor(t).shape);
    return out;
  }
};

template <class Function>
py::array_t<double> by_operator(const Graph& graph, Function f) {
  return filled<double>(graph.size(), [&](std::size_t i) {
    return static_cast<double>(f(graph.op(make_id<OpId>(i))));
  });
}

py::array_t<std::int64_t> edges_of(const Graph& graph) {
  std::vector<std::pair<OpId, OpId>> edges;
  for (std::size_t i = 0; i < graph.size(); ++i)
    for (const OpId next : graph.successors(make_id<OpId>(i)))
      edges.emplace_back(make_id<OpId>(i), next);
  return filled<std::int64_t>(edges.size(), 2, [&](std::size_t e, std::size_t end) {
    return static_cast<std::int64_t>(index(end == 0 ? edges[e].first : edges[e].second));
  });
}

double weight_bytes(const Operator& op) {
  return static_cast<double>(op.weight_elements) * op.weight_bits / 8;
}

void bind_operator(py::module_& module) {
  py::class_<PyOperator>(module, "Operator", "One operator of a network.")
      .def_property_readonly("name", [](const PyOperator& o) { return o.get().name; })
      .def_property_readonly(
          "kind", [](const PyOperator& o) { return std::string(to_string(o.get().kind)); })
      .def_property_readonly(
          "function", [](const PyOperator& o) { return o.get().function; },
          "Finer kind: \"max\", \"relu\", ...")
      .def_property_readonly(
          "input_shapes", [](const PyOperator& o) { return o.shapes(o.get().inputs); },
          "Outermost axis first.")
      .def_property_readonly("output_shapes",
                             [](const PyOperator& o) { return o.shapes(o.get().outputs); })
      .def_property_readonly(
          "macs", [](const PyOperator& o) { return o.get().macs; }, "Multiply-accumulates.")
      .def_property_readonly("weight_bytes",
                             [](const PyOperator& o) { return weight_bytes(o.get()); })
      .def_property_readonly(
          "placed", [](const PyOperator& o) { return is_placed(o.get()); },
          "A plan places it: it is neither an input nor a constant.")
      .def("__repr__", [](const PyOperator& o) {
        return "<Operator " + o.get().name + ", " + std::string(to_string(o.get().kind)) + ">";
      });
}

}  // namespace

void bind_graph(py::module_& module) {
  bind_operator(module);
  using Held = std::shared_ptr<Graph>;
  py::class_<Graph, Held>(module, "Graph", R"(A network: operators and the tensors between them.

Graph("mobilenet-v2") or the path of a .yaml, .onnx, .tflite or .param file; "a+b" runs two at
once. Arrays are by operator, in the order of `operators`.)")
      .def(py::init([](const std::string& name) {
             return std::make_shared<Graph>(open_graph(open_catalog(), name));
           }),
           py::arg("name"))
      .def_property_readonly("name", &Graph::name)
      .def_property_readonly("source", &Graph::source)
      .def_property_readonly("operators",
                             [](const Held& graph) {
                               std::vector<PyOperator> all;
                               for (std::size_t i = 0; i < graph->size(); ++i)
                                 all.push_back({graph, make_id<OpId>(i)});
                               return all;
                             })
      .def("__len__", &Graph::size)
      .def_property_readonly("edges", &edges_of, "Pairs (from, to) of operators: shape (edges, 2).")
      .def_property_readonly(
          "order",
          [](const Graph& g) {
            return filled<std::int64_t>(g.size(), [&](std::size_t i) {
              return static_cast<std::int64_t>(index(g.order()[i]));
            });
          },
          "Operators in a topological order.")
      .def_property_readonly(
          "macs",
          [](const Graph& g) { return by_operator(g, [](const Operator& o) { return o.macs; }); },
          "Multiply-accumulates.")
      .def_property_readonly(
          "simple_ops",
          [](const Graph& g) {
            return by_operator(g, [](const Operator& o) { return o.simple_ops; });
          },
          "Other arithmetic operations.")
      .def_property_readonly(
          "weight_bytes", [](const Graph& g) { return by_operator(g, &weight_bytes); },
          "Weights as the file stores them.")
      .def_property_readonly(
          "activation_bytes",
          [](const Graph& g) {
            return by_operator(g, [](const Operator& o) {
              return static_cast<double>(o.input_elements + o.output_elements) *
                     element_bytes(Precision::fp32);
            });
          },
          "Inputs read and outputs written, in fp32.")
      .def("__repr__", [](const Graph& g) { return "<Graph " + g.name() + ">"; });
}

}  // namespace partita::python
