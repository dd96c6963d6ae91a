// partita serve: the lab page, and its questions put to the engine.
#include <fmt/format.h>

#include <httplib.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "sim/base/error.h"
#include "sim/report/page_files.h"
#include "tools/partita/commands.h"
#include "tools/partita/lab.h"
#include "tools/partita/lab_process.h"

namespace partita {
namespace {

constexpr std::size_t kThreads = 32;
constexpr int kReadSeconds = 5;
const char* const kJson = "application/json; charset=utf-8";

/// Without its port: `[::1]:8765` is `[::1]`.
std::string host_name(const std::string& host) {
  const auto colon = host.rfind(':');
  const bool port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
  return port ? host.substr(0, colon) : host;
}
bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host == "::1" || host.starts_with("127.");
}

std::string problem(std::string_view what) {
  return nlohmann::json{{"error", what}}.dump(-1, ' ', false,
                                              nlohmann::json::error_handler_t::replace);
}

int status_of(Reply::Ending ending) {
  switch (ending) {
    case Reply::Ending::done:
      return 200;
    case Reply::Ending::wrong_input:
      return 400;
    case Reply::Ending::late:
    case Reply::Ending::busy:
      return 503;
    case Reply::Ending::failed:
      break;
  }
  return 500;
}

class Service {
 public:
  Service(const ServeRequest& request, GuardedProcess& engine, std::string choices)
      : request_(request), engine_(engine), choices_(std::move(choices)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    // httplib's own would let two programs listen on one port.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_payload_max_length(Lab::kMostBytes);
    server_.set_read_timeout(kReadSeconds);
    server_.set_write_timeout(kReadSeconds);
    server_.set_keep_alive_timeout(kReadSeconds);
    server_.set_default_headers(
        {{"Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
          "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
         {"X-Content-Type-Options", "nosniff"},
         {"Referrer-Policy", "no-referrer"},
         {"Cache-Control", "no-store"}});
    server_.set_pre_routing_handler([this](const auto& asked, auto& answer) {
      return admit(asked, answer) ? httplib::Server::HandlerResponse::Unhandled
                                  : httplib::Server::HandlerResponse::Handled;
    });
    server_.set_error_handler([](const httplib::Request&, httplib::Response& answer) {
      if (!answer.body.empty()) return;
      const char* what = answer.status == 404   ? "no such page"
                         : answer.status == 413 ? "the question is too long"
                                                : "the request is malformed";
      answer.set_content(problem(what), kJson);
    });
    page("/", "lab.html", "text/html; charset=utf-8");
    page("/lab.js", "lab.js", "text/javascript; charset=utf-8");
    page("/lab.css", "lab.css", "text/css; charset=utf-8");
    page("/style.css", "style.css", "text/css; charset=utf-8");
    server_.Get("/api/choices", [this](const httplib::Request&, httplib::Response& answer) {
      answer.set_content(choices_, kJson);
    });
    server_.Post("/api/evaluate", [this](const httplib::Request& asked, httplib::Response& answer) {
      evaluate(asked, answer);
    });
  }

  int bind() {
    const int port = static_cast<int>(request_.port);
    if (port == 0) return server_.bind_to_any_port(request_.host);
    return server_.bind_to_port(request_.host, port) ? port : -1;
  }
  void run() { server_.listen_after_bind(); }
  void stop() { server_.stop(); }

 private:
  /// A page elsewhere must not reach the lab through the reader's browser: neither by a name of
  /// its own for this address nor by a form.
  bool admit(const httplib::Request& asked, httplib::Response& answer) const {
    const auto refuse = [&](int status, std::string_view why) {
      answer.status = status;
      answer.set_content(problem(why), kJson);
      return false;
    };
    const std::string host = asked.get_header_value("Host");
    const bool anywhere = !is_loopback(request_.host);
    if (!anywhere && !is_loopback(host_name(host)))
      return refuse(403, "this host name is not the lab's");
    if (asked.has_header("Origin") && asked.get_header_value("Origin") != "http://" + host)
      return refuse(403, "a page of another site may not ask");
    if (asked.method != "GET" && asked.method != "HEAD" && asked.method != "POST")
      return refuse(405, "GET and POST only");
    if (asked.method == "POST" &&
        !asked.get_header_value("Content-Type").starts_with("application/json"))
      return refuse(415, "questions are application/json");
    return true;
  }
  void evaluate(const httplib::Request& asked, httplib::Response& answer) {
    const Reply reply = engine_.ask(asked.body);
    answer.status = status_of(reply.ending);
    answer.set_content(reply.ending == Reply::Ending::done ? reply.text : problem(reply.text),
                       kJson);
  }
  void page(const char* path, const char* file, const char* type) {
    server_.Get(path, [file, type](const httplib::Request&, httplib::Response& answer) {
      const std::string_view text = page_file(file);
      answer.set_content(text.data(), text.size(), type);
    });
  }

  const ServeRequest& request_;
  GuardedProcess& engine_;
  std::string choices_;
  httplib::Server server_;
};

}  // namespace

void serve(const ServeRequest& request, const Console& console) {
  Lab lab(request.socs, request.models);
  std::string choices = lab.choices();
  GuardedProcess engine([&lab](std::string_view question) { return lab.answer(question); },
                        {.seconds = request.seconds});
  // Signals that end the service come to this thread alone, at a place of its choosing.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  Service service(request, engine, std::move(choices));
  const int port = service.bind();
  if (port < 0)
    throw InputError(fmt::format("--port {}: cannot listen on {} there; another program may",
                                 request.port, request.host));
  if (!is_loopback(request.host))
    console.complain("anybody who reaches this machine can use the lab");
  console.print(fmt::format("The lab is at http://{}:{}/ until Ctrl-C.\n",
                            request.host == "::1" ? "[::1]" : request.host, port));
  std::thread listening([&] { service.run(); });
  int signal = 0;
  sigwait(&ends, &signal);
  service.stop();
  listening.join();
}

}  // namespace partita
