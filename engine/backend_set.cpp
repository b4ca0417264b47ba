// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend_set.h"

#include "module_options.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

constexpr Duration kRetireAfter = 1s;  // a backend that nothing new goes to is stopped

/// What makes two backends the same one: a change of anything else is applied to the one that is there.
std::string identityOf(const config::v1::Backend& from)
{
    std::string identity = from.name() + '\n' + std::to_string(from.kind()) + '\n' + from.address() + '\n' +
                           from.model_repository() + '\n' + std::to_string(from.threads()) + '\n' + from.api_key_env();
    for (const auto& model : from.models()) identity += '\n' + model;
    return identity;
}

}  // namespace

BackendSet::BackendSet(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, serve::Gateway& gateway,
                       Programs programs)
    : strand_(strand),
      clock_(clock),
      registry_(registry),
      eventLog_(eventLog),
      gateway_(gateway),
      programs_(std::move(programs))
{}

backend::BackendOptions BackendSet::optionsOf(const config::v1::Backend& backend,
                                              const config::v1::Config& config) const
{
    return backendOptions(backend, config, programs_.runtime, programs_.sampleModels);
}

std::vector<config::FieldProblem> BackendSet::check(const config::v1::Config& config) const
{
    std::vector<config::FieldProblem> problems;
    for (int i = 0; i < config.backends_size(); ++i) {
        const auto status = backend::checkBackend(optionsOf(config.backends(i), config));
        if (status.ok()) continue;
        problems.push_back({"backends[" + std::to_string(i) + "]." + fieldOf(status).value_or("name"), text(status)});
    }
    return problems;
}

std::shared_ptr<backend::AdministeredBackend> BackendSet::running(const std::string& identity) const
{
    std::shared_ptr<backend::AdministeredBackend> found;
    for (const auto* among : {&backends_, &replaced_})
        for (const Running& running : *among)
            if (running.identity == identity) found = running.backend;
    return found;
}

/// Makes what is new before anything changes, so that a backend that cannot be made leaves all as it was. What it
/// replaces serves until the new one does: see serve::BackendCatalogue.
Status BackendSet::apply(const config::v1::Config& config)
{
    std::vector<Running> next;
    std::vector<std::shared_ptr<backend::AdministeredBackend>> fresh;
    for (const auto& from : config.backends()) {
        Running entry{identityOf(from), nullptr, from.enabled()};
        entry.backend = running(entry.identity);
        if (!entry.backend) {
            auto created = backend::makeBackend(optionsOf(from, config), strand_, clock_, registry_, eventLog_);
            if (!created.ok()) return created.status();
            entry.backend = *std::move(created);
            fresh.push_back(entry.backend);
        }
        next.push_back(std::move(entry));
    }
    std::vector<serve::Served> inForce = served(next);
    for (const Running& entry : next) {
        entry.backend->apply(poolOptions(config));
        entry.backend->setEnabled(entry.enabled);
    }
    for (const Running& old : backends_)
        if (std::none_of(next.begin(), next.end(), [&](const Running& entry) { return entry.backend == old.backend; }))
            replaced_.push_back(old);
    backends_ = std::move(next);
    for (const Running& entry : backends_)
        std::erase_if(replaced_, [&](const Running& old) { return old.backend == entry.backend; });
    gateway_.setBackends(std::move(inForce));
    for (const auto& backend : fresh) backend->start();
    return absl::OkStatus();
}

/// Each with what it replaces: the one of the same name, else the one in the same place.
std::vector<serve::Served> BackendSet::served(const std::vector<Running>& next) const
{
    const auto isNamed = [&](const std::string& name) {
        return std::any_of(next.begin(), next.end(),
                           [&](const Running& entry) { return entry.backend->name() == name; });
    };
    std::vector<serve::Served> out;
    for (std::size_t i = 0; i < next.size(); ++i) {
        serve::Served entry;
        entry.backend = next[i].backend;
        entry.enabled = next[i].enabled;
        for (const Running& old : backends_)
            if (old.backend->name() == next[i].backend->name()) entry.replaces = old.backend;
        if (!entry.replaces && i < backends_.size() && !isNamed(backends_[i].backend->name()))
            entry.replaces = backends_[i].backend;
        if (entry.replaces == entry.backend) entry.replaces.reset();
        out.push_back(std::move(entry));
    }
    return out;
}

void BackendSet::retire(const std::shared_ptr<backend::Backend>& backend)
{
    std::erase_if(replaced_, [&](const Running& old) { return old.backend == backend; });
    // What was on its way there when it was replaced still arrives.
    auto stop = [](Clock& clock, std::shared_ptr<backend::Backend> retired) -> net::awaitable<void> {
        co_await clock.sleepUntil(clock.now() + kRetireAfter);
        co_await retired->stop();
    };
    net::co_spawn(strand_, stop(clock_, backend), net::detached);
}

std::shared_ptr<backend::AdministeredBackend> BackendSet::find(const std::string& name) const
{
    for (const Running& entry : backends_)
        if (entry.backend->name() == name) return entry.backend;
    return nullptr;
}

std::vector<std::shared_ptr<backend::AdministeredBackend>> BackendSet::all() const
{
    std::vector<std::shared_ptr<backend::AdministeredBackend>> out;
    for (const Running& entry : backends_) out.push_back(entry.backend);
    return out;
}

}  // namespace millrace
