// The whole command line, in one file: no other includes CLI11, which takes long to compile. What options are checked
// for, and how help is laid out, stands in options.hpp.
#include "command_line.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include <corosim/sim/program_main.hpp>
#include <corosim/sim/strategy.hpp>
#include <corosim/sim/version.hpp>
#include <corosim/traces/render.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "options.hpp"

namespace corosim::tools {

namespace {

class Parser {
 public:
  Parser() {
    describe(app_, "corosim COMMAND ...",
             "  corosim explore build/bank                    look for a schedule that makes the program fail\n"
             "  corosim replay .corosim/bank-2a.trace -- build/bank\n"
             "                                                run the failing schedule again, exactly\n"
             "  corosim show .corosim/bank-2a.trace           what happened, step by step\n"
             "  corosim explain .corosim/bank-2a.trace -- build/bank\n"
             "                                                why it fails, in as few steps as possible\n"
             "  corosim diff passing.trace failing.trace      what came out differently first\n\n"
             "corosim COMMAND --help says more about each.");
    app_.set_version_flag("--version", fmt::format("corosim {}", kVersion), "print the version")->group("options");
    app_.require_subcommand(0, 1);
    add_explore();
    add_record();
    add_replay();
    add_reduce(
        "shrink", "reduce a failing run to the few orderings that it depends on",
        "Prints the shortest schedule that still fails in the same way: a default order, and which steps must come "
        "before\nwhich. --save keeps the trace of the run as it was given.");
    add_reduce("explain", "say why a run fails",
               "Reduces the run, looks for one that passes and differs in the order of two steps, and tells what each "
               "task did\nto what they share (Shared<T>, locks, queues and the like).");
    add_corpus();
    add_show();
    add_diff();
    add_stats();
    add_export();
  }

  Request parse(std::vector<std::string> words) {
    // What follows `--` belongs to the program, as it is.
    const auto mark = std::find(words.begin(), words.end(), "--");
    if (mark != words.end()) {
      behind_mark_.assign(mark + 1, words.end());
      words.erase(mark, words.end());
    }
    std::reverse(words.begin(), words.end());  // as CLI11 wants it
    try {
      app_.parse(std::move(words));
      if (app_.get_subcommands().empty()) {
        print(app_.help());
        return Done{sim::kUsage};
      }
      return request();
    } catch (const CLI::Success& success) {  // --help or --version
      print(dynamic_cast<const CLI::CallForVersion*>(&success) != nullptr ? fmt::format("{}\n", success.what())
                                                                          : chosen().help());
      return Done{sim::kPassed};
    } catch (const CLI::ExtrasError&) {
      return usage_error(describe_extra());
    } catch (const CLI::ParseError& error) {
      return usage_error(error.what());
    }
  }

 private:
  struct Usage : CLI::ParseError {
    explicit Usage(const std::string& what) : CLI::ParseError("Usage", what, CLI::ExitCodes::InvalidError) {}
  };

  void describe(CLI::App& app, const std::string& usage, const std::string& examples) {
    const auto formatter = std::make_shared<HelpFormatter>(usage);
    formatters_[&app] = formatter;
    app.formatter(formatter);
    app.option_defaults()->group("options");
    app.group("commands");
    app.set_help_flag("-h,--help", "print this help")->group("options");
    app.footer("examples:\n" + examples);
  }

  CLI::App& chosen() {
    const auto subcommands = app_.get_subcommands();
    return subcommands.empty() ? app_ : *subcommands.front();
  }

  std::string describe_extra() {
    const std::string extra = app_.remaining(true).front();
    if (&chosen() != &app_ || extra.starts_with("-")) return fmt::format("unknown argument '{}'", extra);
    return fmt::format("unknown command '{}': expected one of {}", extra, command_names());
  }

  std::string command_names() const {
    std::string names;
    for (const CLI::App* command : app_.get_subcommands(nullptr)) {
      names += (names.empty() ? "" : ", ") + command->get_name();
    }
    return names;
  }

  Done usage_error(std::string message) {
    while (!message.empty() && message.back() == '\n') message.pop_back();
    print_error(message);
    fmt::print(stderr, "{}\n{} --help says more\n", formatters_.at(&chosen())->usage_line(),
               &chosen() == &app_ ? "corosim" : "corosim " + chosen().get_name());
    return Done{sim::kUsage};
  }

  CLI::Option* add_variable(CLI::App* app, const std::string& option, const std::string& variable,
                            const std::string& type, const std::string& description) {
    return app->add_option(option, run_.variables[variable], description)->type_name(type)->envname(variable);
  }

  void add_seed(CLI::App* app, const std::string& description) {
    add_variable(app, "--seed", "COROSIM_SEED", "S", description)->check(is_number());
  }

  void add_strategy(CLI::App* app, const std::string& by_default) {
    add_variable(app, "--order", "COROSIM_ORDER", "ORDER",
                 "fifo: asyncio's own order; legal: what asyncio promises, the\n"
                 "rest is free; any: all that causes and effects allow (legal)")
        ->check(is_order());
    add_variable(
        app, "--strategy", "COROSIM_STRATEGY", "NAME",
        "who takes the decisions: portfolio, surw, rff, urw, race, pos, pct3, random, fifo ... (" + by_default + ")");
  }

  // The options of every subcommand that starts a program.
  void add_program(CLI::App* app) {
    add_variable(app, "--program", "COROSIM_PROGRAM", "NAME", "which of the binary's programs (its first)");
    add_variable(app, "--max-steps", "COROSIM_MAX_STEPS", "N", "end a run after so many steps (1000000)")
        ->check(is_number());
    add_variable(app, "--warnings", "COROSIM_WARNINGS", "N", "fail a run that gives more warnings (any number)")
        ->check(is_number());
  }

  void add_quiet(CLI::App* app) {
    app->add_flag("-q,--quiet", quiet_, "print only the verdict");
    app->add_flag("--json", json_, "print the result as JSON");
  }

  void add_color(CLI::App* app) {
    app->add_option("--color", color_, "auto: on a terminal, unless NO_COLOR is set; always; never (auto)")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "always", "never"}));
  }

  void add_explore() {
    explore_ = app_.add_subcommand("explore", "look for a schedule that makes a program fail");
    describe(*explore_, "corosim explore PROGRAM [options] [-- ARGUMENTS]",
             "  corosim explore build/bank                    1000 seeds, until the first failure\n"
             "  corosim explore build/bank --time 8h --failures all\n"
             "                                                a night's worth, every different failure\n"
             "  corosim explore build/bank --time 8h --resume go on where that was interrupted\n"
             "  corosim explore build/bank --program fixed_bank --order any\n"
             "                                                another program of the binary, the harshest order\n\n"
             "PROGRAM is a binary whose main is corosim::sim::program_main. A failing run is reduced to the few "
             "orderings that\n"
             "it depends on and explained; its trace is saved, and one of a run that passes.");
    explore_->add_option("PROGRAM", run_.command)->expected(0, -1);
    add_variable(explore_, "--runs", "COROSIM_RUNS", "N", "how many seeds to try (1000; with --time, any number)")
        ->check(is_number());
    add_variable(explore_, "--time", "COROSIM_TIME", "TIME", "explore for so long: 90s, 15m, 8h");
    add_seed(explore_, "the first seed, the others follow it (0)");
    add_strategy(explore_, "portfolio");
    add_variable(explore_, "--failures", "COROSIM_FAILURES", "N", "stop after so many different failures, or `all` (1)")
        ->check(is_number_or_all());
    add_variable(explore_, "--jobs", "COROSIM_JOBS", "N",
                 "explore in so many processes (one for each core); what is found depends on it")
        ->check(is_number());
    add_variable(explore_, "--shard", "COROSIM_SHARD", "I/N", "try each N-th seed only: part I of N, for N machines");
    explore_->add_flag("--resume", resume_, "go on with an exploration that was interrupted or ran out of time");
    add_variable(explore_, "--report", "COROSIM_REPORT", "HOW",
                 "of a failing run: plain, shrunk or explained (explained)");
    add_variable(explore_, "--corpus", "COROSIM_CORPUS", "FILE", "run the schedules of this file first");
    add_variable(
        explore_, "--cancel", "COROSIM_CANCEL", "WHAT",
        "cancel a task in every run, as main/deposit#2@1:parked says; or `all`: try\nevery wait of every task");
    add_variable(explore_, "--trace-dir", "COROSIM_TRACE_DIR", "DIR", "where to save traces (.corosim)");
    add_variable(explore_, "--keep-steps", "COROSIM_KEEP_STEPS", "N",
                 "keep the last N steps of each run until it has been repeated (1000; 0: none)");
    add_program(explore_);
    add_quiet(explore_);
  }

  void add_record() {
    record_ = app_.add_subcommand("record", "run one seed of a program and save its trace");
    describe(*record_, "corosim record PROGRAM --seed S --output FILE [options] [-- ARGUMENTS]",
             "  corosim record build/bank --seed 0x2a --output bank.trace\n"
             "  corosim record build/bank --seed 0 --order fifo --output asyncio.trace\n"
             "                                                as asyncio itself would run it");
    record_->add_option("PROGRAM", run_.command)->expected(0, -1);
    add_seed(record_, "the seed to run");
    record_->add_option("-o,--output", save_, "where to save the trace; must not exist yet")->type_name("FILE");
    add_variable(record_, "--keep-steps", "COROSIM_KEEP_STEPS", "N",
                 "save only the last N steps, which takes bounded memory and disk (all)");
    add_strategy(record_, "random");
    add_program(record_);
  }

  void add_replay() {
    replay_ = app_.add_subcommand("replay", "run a schedule again, exactly");
    describe(*replay_, "corosim replay SCHEDULE-OR-TRACE [--save FILE] [options] -- PROGRAM [NAME]",
             "  corosim replay d1.0.AZQE0C5FVwYBvPg -- build/bank\n"
             "  corosim replay s1.legal.random.2a -- build/bank\n"
             "  corosim replay .corosim/bank-2a.trace -- build/bank\n"
             "  corosim replay .corosim/bank-2a.trace --save again.trace -- build/bank\n"
             "  corosim replay .corosim/bank-2a.trace --reanchor -- build/bank\n"
             "                                                after an edit: is the bug still there?\n\n"
             "A failing run prints its schedule (c1..., d1..., s1...). Of a trace, the program's NAME within the "
             "binary is known;\n"
             "of a schedule, it is the binary's first where it is not given. Exit code 1 means that the failure came "
             "again.");
    replay_->add_option("SCHEDULE-OR-TRACE", schedule_);
    replay_->add_option("PROGRAM", run_.command)->expected(0, -1);
    replay_->add_flag("--reanchor", reanchor_,
                      "the trace is of an earlier version of the program: follow its\n"
                      "steps by task, await site and visit, and say how far that went");
    replay_->add_option("--save", save_, "save the trace of the replayed run; must not exist yet")->type_name("FILE");
    add_program(replay_);
  }

  // `shrink` and `explain`.
  void add_reduce(const std::string& name, const std::string& summary, const std::string& description) {
    CLI::App* const command = app_.add_subcommand(name, summary);
    describe(*command, fmt::format("corosim {} SCHEDULE-OR-TRACE [options] -- PROGRAM [NAME]", name),
             fmt::format("  corosim {0} .corosim/bank-2a.trace -- build/bank\n"
                         "  corosim {0} d1.0.AZQE0C5FVwYBvPg -- build/bank\n\n{1}",
                         name, description));
    command->add_option("SCHEDULE-OR-TRACE", schedule_);
    command->add_option("PROGRAM", run_.command)->expected(0, -1);
    command->add_option("--save", save_, "save the trace of the run; must not exist yet")->type_name("FILE");
    add_program(command);
    command->add_flag("--json", json_, "print the result as JSON");
    (name == "shrink" ? shrink_ : explain_) = command;
  }

  void add_corpus() {
    corpus_ = app_.add_subcommand("corpus", "keep failing schedules, and run them first");
    describe(*corpus_, "corosim corpus add|run|prune [SCHEDULE-OR-TRACE] [options] -- PROGRAM [NAME]",
             "  corosim corpus add .corosim/bank-2a.trace -- build/bank\n"
             "                                                reduce a failing run and keep its schedule\n"
             "  corosim corpus run -- build/bank              do those that failed once fail again?\n"
             "  corosim corpus prune -- build/bank            remove those that the program has outgrown\n\n"
             "The file is text, one schedule a line, to be checked in with the program; `corosim explore --corpus "
             "FILE` runs\n"
             "its schedules before any seed.");
    corpus_->add_option("ACTION", action_)->check(CLI::IsMember({"add", "run", "prune"}));
    corpus_->add_option("SCHEDULE-OR-TRACE", schedule_);
    corpus_->add_option("PROGRAM", run_.command)->expected(0, -1);
    add_variable(corpus_, "--file", "COROSIM_CORPUS", "FILE", "the file of schedules (corosim.corpus)");
    add_program(corpus_);
  }

  void add_show() {
    show_ = app_.add_subcommand("show", "tell the story of a trace");
    describe(
        *show_, "corosim show TRACE [options]",
        "  corosim show failure.trace                    one line a step\n"
        "  corosim show failure.trace --columns          one column a task\n"
        "  corosim show failure.trace --tree             who created whom, and how each task ended\n"
        "  corosim show failure.trace --why 118          what made step 118 ready, back to the start\n"
        "  corosim show failure.trace --task deposit#2 --from 100 --to 200\n"
        "  corosim show failure.trace --kind mark,decision --site bank.cpp:14 --since 10ms --until 1.5s\n\n"
        "A trace that was cut short or is damaged is shown as far as it can be read, with an error and exit code 2.");
    show_->add_option("TRACE", trace_a_);
    CLI::Option* const columns =
        show_->add_flag("--columns", show_request_.columns, "one column a task, for a handful of tasks");
    CLI::Option* const tree = show_->add_flag("--tree", show_request_.tree, "the tree of tasks instead of the steps");
    CLI::Option* const why = show_->add_option("--why", why_, "the chain of causes of this step instead of all steps");
    why->type_name("STEP")->check(is_number())->excludes(columns)->excludes(tree);
    tree->excludes(columns);
    std::vector<CLI::Option*> filters = {
        show_
            ->add_option("--kind", kinds_,
                         fmt::format("only steps of these kinds, or in which these happened:\n{}",
                                     fmt::join(traces::story_kinds(), ", ")))
            ->type_name("KIND,...")
            ->delimiter(',')
            ->check(is_story_kind()),
        show_
            ->add_option("--site", show_request_.site, "only steps at places whose file:line or function contains this")
            ->type_name("TEXT"),
        show_->add_option("--from", from_, "the first step to show")->type_name("STEP")->check(is_number()),
        show_->add_option("--to", to_, "the last step to show")->type_name("STEP")->check(is_number()),
        show_->add_option("--since", since_, "only from this virtual time on, such as 10ms or 1.5s")
            ->type_name("TIME")
            ->check(is_time()),
        show_->add_option("--until", until_, "only up to this virtual time")->type_name("TIME")->check(is_time())};
    for (CLI::Option* const filter : filters) filter->excludes(tree)->excludes(why);
    show_->add_option("--task", show_request_.task, "only tasks whose path contains this")
        ->type_name("TEXT")
        ->excludes(why);
    add_color(show_);
  }

  void add_diff() {
    diff_ = app_.add_subcommand("diff", "compare two traces");
    describe(*diff_, "corosim diff A B [options]",
             "  corosim diff passing.trace failing.trace      where they part, and what each task did differently\n"
             "  corosim diff before.trace after.trace --max 20\n"
             "  corosim diff before.trace after.trace --format json\n\n"
             "Steps are compared by task and place, not by number: runs in which every task did the same are equal. A "
             "trace\n"
             "that was cut short or is damaged is compared as far as it can be read, with an error and exit code 2.");
    diff_->add_option("A", trace_a_);
    diff_->add_option("B", trace_b_);
    add_format(diff_, {"text", "json"});
    diff_->add_option("--max", max_, "print at most so many differences (200)")->type_name("N")->check(is_number());
    add_color(diff_);
  }

  void add_stats() {
    stats_ = app_.add_subcommand("stats", "print a trace in numbers");
    describe(
        *stats_, "corosim stats TRACE [options]",
        "  corosim stats failure.trace                   steps, decisions, ready lanes, waits by place\n"
        "  corosim stats failure.trace --format json     the same for a program, with every row\n\n"
        "A trace that was cut short or is damaged is counted as far as it can be read, with an error and exit code "
        "2.");
    stats_->add_option("TRACE", trace_a_);
    add_format(stats_, {"text", "json"});
    stats_->add_option("--max", max_, "print at most so many rows of a table (10)")->type_name("N")->check(is_number());
    add_color(stats_);
  }

  void add_export() {
    export_ = app_.add_subcommand("export", "write a trace in another program's format");
    describe(
        *export_, "corosim export TRACE --format FORMAT [options]",
        "  corosim export failure.trace --format jsonl | jq 'select(.event == \"mark\")'\n"
        "  corosim export failure.trace --format perfetto --output failure.pftrace\n"
        "                                                for https://ui.perfetto.dev\n"
        "  corosim export failure.trace --format dot | dot -Tsvg > failure.svg\n\n"
        "A trace that was cut short or is damaged is exported as far as it can be read, with an error and exit code "
        "2.");
    export_->add_option("TRACE", trace_a_);
    add_format(export_, export_formats());
    export_->add_option("--compare", export_request_.compared, "a second trace, below the first (html only)")
        ->type_name("TRACE");
    export_
        ->add_option("--axis", export_request_.axis,
                     "what stands for time in perfetto and chrome: step, each a\n"
                     "microsecond long; time, the virtual one; in html at first (step)")
        ->type_name("AXIS")
        ->check(CLI::IsMember({"step", "time"}));
    export_->add_option("-o,--output", save_, "where to write; must not exist yet (standard output)")
        ->type_name("FILE");
  }

  void add_format(CLI::App* app, const std::vector<std::string>& names) {
    app->add_option("--format", format_, fmt::format("{} ({})", fmt::join(names, ", "), names.front()))
        ->type_name("FORMAT")
        ->check(CLI::IsMember(names));
  }

  static void require(const std::string& value, const char* what) {
    if (value.empty()) throw Usage(fmt::format("{} is missing", what));
  }

  CommandLine take_command() {
    run_.command.insert(run_.command.end(), behind_mark_.begin(), behind_mark_.end());
    if (run_.command.empty() || run_.command.front().empty()) throw Usage("PROGRAM is missing");
    return std::move(run_.command);
  }

  void require_no_mark() const {
    if (!behind_mark_.empty()) throw Usage(fmt::format("'-- {}': no program is started here", behind_mark_.front()));
  }

  ColorMode color() const {
    return color_ == "always" ? ColorMode::kAlways : color_ == "never" ? ColorMode::kNever : ColorMode::kAuto;
  }

  // What the command line says decides: the variables that would make the program do something else are removed.
  Request request() {
    const CLI::App* const app = &chosen();
    if (app == explore_) return explore_request();
    if (app == record_) return record_request();
    if (app == replay_) return replay_request("plain");
    if (app == shrink_) return replay_request("shrunk");
    if (app == explain_) return replay_request("explained");
    if (app == corpus_) return corpus_request();
    require_no_mark();
    if (app == show_) return show_request();
    if (app == diff_) return diff_request();
    if (app == stats_) return stats_request();
    return export_request();
  }

  Request explore_request() {
    run_.command = take_command();
    if (quiet_) run_.variables["COROSIM_QUIET"] = "1";
    set_json();
    // Cancelling everywhere has a default of its own: so many schedules for each wait.
    const bool has_budget = !run_.variables["COROSIM_TIME"].empty() || run_.variables["COROSIM_CANCEL"] == "all";
    if (run_.variables["COROSIM_RUNS"].empty() && !has_budget) {
      run_.variables["COROSIM_RUNS"] = "1000";
    }
    if (run_.variables["COROSIM_JOBS"].empty()) {
      run_.variables["COROSIM_JOBS"] = fmt::format("{}", std::max(1U, std::thread::hardware_concurrency()));
    }
    run_.variables["COROSIM_RESUME"] = resume_ ? "1" : "";
    for (const char* const name : {"COROSIM_REPLAY", "COROSIM_TRACE", "COROSIM_CORPUS_ACTION"}) {
      run_.variables[name].clear();
    }
    return std::move(run_);
  }

  Request record_request() {
    run_.command = take_command();
    require(run_.variables["COROSIM_SEED"], "--seed S");
    require(save_, "--output FILE");
    run_.variables["COROSIM_TRACE"] = save_;
    run_.variables["COROSIM_RUNS"].clear();
    run_.variables["COROSIM_REPLAY"].clear();
    return std::move(run_);
  }

  void set_json() {
    if (json_) run_.variables["COROSIM_JSON"] = "1";
  }

  // A schedule says all that these do.
  void clear_schedule_variables() {
    for (const char* const name : {"COROSIM_SEED", "COROSIM_RUNS", "COROSIM_TIME", "COROSIM_ORDER", "COROSIM_STRATEGY",
                                   "COROSIM_CANCEL", "COROSIM_TIMER_JITTER"}) {
      run_.variables[name].clear();
    }
  }

  Request replay_request(const std::string& report) {
    require(schedule_, "SCHEDULE-OR-TRACE");
    CommandLine command = take_command();
    clear_schedule_variables();
    set_json();
    run_.variables["COROSIM_REPORT"] = report;
    run_.variables["COROSIM_REPLAY"] = schedule_;
    run_.variables["COROSIM_REANCHOR"] = reanchor_ ? "1" : "";
    run_.variables["COROSIM_TRACE"] = save_;
    run_.variables["COROSIM_CORPUS"].clear();
    return Replay{schedule_, std::move(command), std::move(run_.variables)};
  }

  Request corpus_request() {
    require(action_, "add, run or prune");
    std::string& file = run_.variables["COROSIM_CORPUS"];
    if (file.empty()) file = "corosim.corpus";
    run_.variables["COROSIM_CORPUS_ACTION"] = action_;
    run_.variables["COROSIM_TRACE"].clear();
    if (action_ == "add") {
      require(schedule_, "SCHEDULE-OR-TRACE");
      clear_schedule_variables();
      run_.variables["COROSIM_REPLAY"] = schedule_;
      CommandLine command = take_command();
      return Replay{schedule_, std::move(command), std::move(run_.variables)};
    }
    if (!schedule_.empty()) throw Usage(fmt::format("'{}': expected -- before the program", schedule_));
    run_.command = take_command();
    run_.variables["COROSIM_REPLAY"].clear();
    return std::move(run_);
  }

  Request show_request() {
    require(trace_a_, "TRACE");
    show_request_.trace = trace_a_;
    if (!from_.empty()) show_request_.first_step = parse_number(from_);
    if (!to_.empty()) show_request_.last_step = parse_number(to_);
    if (show_request_.first_step > show_request_.last_step) {
      throw Usage(fmt::format("--from {} --to {}: expected the first step before the last", from_, to_));
    }
    if (!since_.empty()) show_request_.since = *traces::parse_time(since_);
    if (!until_.empty()) show_request_.until = *traces::parse_time(until_);
    if (show_request_.since > show_request_.until) {
      throw Usage(fmt::format("--since {} --until {}: expected the first time before the last", since_, until_));
    }
    show_request_.kinds = std::move(kinds_);
    if (!why_.empty()) show_request_.why = parse_number(why_);
    show_request_.color = color();
    return std::move(show_request_);
  }

  Request diff_request() {
    require(trace_a_, "the trace A");
    require(trace_b_, "the trace B");
    Diff request{trace_a_, trace_b_};
    request.json = format_ == "json";
    if (!max_.empty()) request.max_differences = static_cast<std::size_t>(parse_number(max_));
    request.color = color();
    return request;
  }

  Request stats_request() {
    require(trace_a_, "TRACE");
    Stats request{trace_a_, format_ == "json"};
    if (!max_.empty()) request.max_rows = static_cast<std::size_t>(parse_number(max_));
    request.color = color();
    return request;
  }

  Request export_request() {
    require(trace_a_, "TRACE");
    require(format_, "--format FORMAT");
    if (!export_request_.compared.empty() && format_ != "html") {
      throw Usage(fmt::format("--compare: expected --format html, not {}", format_));
    }
    export_request_.trace = trace_a_;
    export_request_.format = format_;
    export_request_.output = save_;
    return std::move(export_request_);
  }

  CLI::App app_{"corosim runs asynchronous C++20 programs deterministically, and finds the schedule that breaks them."};
  CLI::App* explore_ = nullptr;
  CLI::App* record_ = nullptr;
  CLI::App* replay_ = nullptr;
  CLI::App* shrink_ = nullptr;
  CLI::App* explain_ = nullptr;
  CLI::App* corpus_ = nullptr;
  CLI::App* show_ = nullptr;
  CLI::App* diff_ = nullptr;
  CLI::App* stats_ = nullptr;
  CLI::App* export_ = nullptr;
  std::map<const CLI::App*, std::shared_ptr<HelpFormatter>> formatters_;

  std::vector<std::string> behind_mark_;
  RunProgram run_;  // the command, and the variables of the options
  std::string schedule_;
  std::string save_;
  std::string action_;
  bool quiet_ = false;
  bool json_ = false;
  bool resume_ = false;
  bool reanchor_ = false;
  Show show_request_;
  std::string trace_a_;
  std::string trace_b_;
  std::string from_;
  std::string to_;
  std::string since_;
  std::string until_;
  std::string why_;
  std::vector<std::string> kinds_;
  std::string max_;
  std::string format_;
  Export export_request_;
  std::string color_ = "auto";
};

}  // namespace

const std::vector<std::string>& export_formats() {
  static const std::vector<std::string> formats = {"jsonl", "perfetto", "chrome", "dot", "html"};
  return formats;
}

Request parse_command_line(int argc, const char* const* argv) {
  return Parser().parse({argv + std::min(argc, 1), argv + argc});
}

}  // namespace corosim::tools
