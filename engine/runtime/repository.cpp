// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/repository.h"

#include "base/text.h"
#include "runtime/lowered_thread.h"

#include <algorithm>
#include <iterator>
#include <malloc.h>
#include <set>
#include <utility>

namespace millrace::runtime {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLoadsWaitingMax = 256;

Status absent(const std::string& name)
{
    return withField(notFound("model " + quotedName(name) + " is not in the repository"), "model");
}

}  // namespace

Repository::Repository(std::vector<fs::path> folders, ModelLoader& loader, std::size_t loadThreads, ComputeSlots* slots)
    : folders_(std::move(folders)),
      loader_(loader),
      compute_(slots),
      loaders_(std::make_unique<Workers>(loadThreads, kLoadsWaitingMax))
{}

Repository::~Repository()
{
    stop_ = true;
    loaders_.reset();
    std::map<std::string, Slot> slots;
    {
        const MutexLock lock(mutex_);
        slots.swap(slots_);
    }
    // Destroys models outside the lock, since that calls gone().
}

ModelInfo Repository::describe(const std::string& name, const ModelFolders::Place& place) const
{
    ModelInfo info;
    info.name = name;
    info.version = place.version;
    info.createdS = place.createdS;
    info.bytes = place.fileBytes;
    info.reason = "unloaded";
    StatusOr<ModelConfig> config = ModelFolders::readConfig(place.config);
    if (config.ok()) {
        if (config->kind == ModelKind::Synthetic) info.bytes = config->synthetic.bytes;
        info.config = *std::move(config);
    } else {
        info.reason = washed(text(config.status()), kMessageBytesMax);
    }
    const MutexLock lock(mutex_);
    const auto found = slots_.find(name);
    if (found == slots_.end()) return info;
    const Slot& slot = found->second;
    info.state = slot.state;
    if (slot.loaded) {
        info.version = slot.loaded->version;
        info.config = slot.loaded->config;
        info.bytes = slot.loaded->model->bytes();
    }
    if (slot.state != ModelState::Unloaded)
        info.reason.clear();
    else if (!slot.problem.empty())
        info.reason = slot.problem;
    return info;
}

std::vector<ModelInfo> Repository::list() const
{
    std::set<std::string> names = folders_.names();
    {
        // A loaded model whose folder was removed is still listed.
        const MutexLock lock(mutex_);
        for (const auto& [name, slot] : slots_)
            if (slot.state != ModelState::Unloaded) names.insert(name);
    }
    std::vector<ModelInfo> models;
    for (const std::string& name : names)
        if (auto one = info(name)) models.push_back(*std::move(one));
    return models;
}

std::optional<ModelInfo> Repository::info(const std::string& name) const
{
    if (const auto place = folders_.locate(name)) return describe(name, *place);
    const MutexLock lock(mutex_);
    const auto found = slots_.find(name);
    if (found == slots_.end() || !found->second.loaded) return std::nullopt;
    const LoadedModel& loaded = *found->second.loaded;
    ModelInfo info;
    info.name = name;
    info.version = loaded.version;
    info.state = found->second.state;
    info.config = loaded.config;
    info.bytes = loaded.model->bytes();
    return info;
}

StatusOr<ModelInfo> Repository::describe(const std::string& name, const std::string& version) const
{
    auto known = info(name);
    if (!known) return absent(name);
    if (!version.empty() && version != known->version)
        return withField(notFound("model '" + name + "' has version " + known->version + ", not " + version),
                         "model_version");
    return *std::move(known);
}

StatusOr<ModelShare> Repository::find(const std::string& name, const std::string& version) const
{
    ModelState state = ModelState::Unloaded;
    {
        const MutexLock lock(mutex_);
        const auto found = slots_.find(name);
        if (found != slots_.end()) {
            state = found->second.state;
            if (found->second.loaded) {
                if (version.empty() || version == found->second.loaded->version) return found->second.loaded;
                return withField(notFound("model '" + name + "' has version " + found->second.loaded->version +
                                          " loaded, not " + version),
                                 "model_version");
            }
        }
    }
    if (const auto known = describe(name, version); !known.ok()) return known.status();
    const char* how = state == ModelState::Loading     ? " is being loaded"
                      : state == ModelState::Unloading ? " is being unloaded"
                                                       : " is not loaded; load it first (RepositoryModelLoad)";
    return withField(failedPrecondition("model '" + name + "'" + how), "model");
}

void Repository::stop()
{
    stop_ = true;
    const MutexLock lock(mutex_);
    for (const auto& [name, slot] : slots_)
        if (slot.load) stop(*slot.load);
}

void Repository::load(const std::string& name, Done done, bool preload)
{
    Status now;
    {
        const auto place = folders_.locate(name);
        const MutexLock lock(mutex_);
        if (!place) {
            now = absent(name);
        } else {
            Slot& slot = slots_[name];
            if (slot.state == ModelState::Unloading) {
                slot.again.push_back(std::move(done));
                slot.againUrgent = slot.againUrgent || !preload;
                return;
            }
            if (slot.state != ModelState::Loaded || slot.fingerprint != place->fingerprint) {
                if (!slot.load)
                    now = startLoad(name, slot, preload);
                else if (!preload)
                    expedite(*slot.load);
                if (now.ok()) {
                    slot.loading.push_back(std::move(done));
                    return;
                }
            }
        }
    }
    done(now);
}

void Repository::expedite(const std::string& name)
{
    const MutexLock lock(mutex_);
    const auto found = slots_.find(name);
    if (found != slots_.end() && found->second.load) expedite(*found->second.load);
}

void Repository::expedite(Load& load)
{
    load.control.urgent = true;
    if (compute_ != nullptr) compute_->recheck();
}

void Repository::stop(Load& load)
{
    load.control.stop = true;
    if (compute_ != nullptr) compute_->recheck();
}

Status Repository::startLoad(const std::string& name, Slot& slot, bool preload)
{
    auto load = std::make_shared<Load>();
    load->control.urgent = !preload;
    Status status = loaders_->submit([this, name, load] { loadNow(name, load); });
    if (!status.ok()) return status;
    slot.load = std::move(load);
    if (slot.state != ModelState::Loaded) slot.state = ModelState::Loading;
    return status;
}

void Repository::loadNow(const std::string& name, const std::shared_ptr<Load>& load)
{
    {
        const MutexLock lock(mutex_);
        const auto found = slots_.find(name);
        if (found == slots_.end() || found->second.load != load) return;  // unloaded while queued
        load->begun = true;
    }
    std::string fingerprint;
    StatusOr<ModelShare> loaded = cancelled("stopped while loading");
    // Before lowering the priority: a low-priority thread would take long to find that it has to wait.
    LoadControl& control = load->control;
    bool computes = compute_ != nullptr && compute_->beginLoad(control);
    if (compute_ == nullptr || computes) {
        const auto computed = [&] {
            if (std::exchange(computes, false)) compute_->endLoad();
        };
        control.computed = computed;
        control.pause = [&] { return !computes || compute_->pauseLoad(control); };
        const auto work = [&] { loaded = makeModel(name, *load, fingerprint); };
        if (control.urgent)
            work();
        else
            runLowered(work, control.urgent);
        computed();
    }
    finishLoad(name, *load, std::move(loaded), fingerprint);
}

StatusOr<ModelShare> Repository::makeModel(const std::string& name, const Load& load, std::string& fingerprint)
{
    const auto place = folders_.locate(name);
    if (!place) return notFound("it is no longer in the repository");
    fingerprint = place->fingerprint;
    StatusOr<ModelConfig> config = ModelFolders::readConfig(place->config);
    if (!config.ok()) return config.status();
    StatusOr<std::unique_ptr<Model>> model = loader_.load(place->file, *config, load.control);
    if (!model.ok()) return model.status();
    const auto end = [this](LoadedModel* ended) {
        const std::string ending = ended->name;
        delete ended;
        gone(ending);
    };
    {
        const MutexLock lock(mutex_);
        ++slots_[name].alive;
    }
    return ModelShare(new LoadedModel{name, place->version, *std::move(config), *std::move(model)}, end);
}

void Repository::finishLoad(const std::string& name, const Load& load, StatusOr<ModelShare> loaded,
                            const std::string& fingerprint)
{
    std::vector<Done> waiting;
    ModelShare leaving;  // destroyed outside the lock
    Status status = loaded.status();
    // The caller cannot fix an invalid file: Internal.
    const auto code = absl::IsInvalidArgument(status) ? absl::StatusCode::kInternal : status.code();
    if (!status.ok()) status = Status(code, "model '" + name + "': " + washed(text(status), kMessageBytesMax));
    {
        const MutexLock lock(mutex_);
        Slot& slot = slots_[name];
        slot.load.reset();
        waiting.swap(slot.loading);
        if (load.control.stop) {
            status = cancelled(stop_ ? "the runtime is stopping"
                                     : "model '" + name + "' was unloaded while it was being loaded");
            if (loaded.ok()) leaving = *std::move(loaded);
            if (slot.state == ModelState::Loading) slot.state = ModelState::Unloaded;  // the runtime is stopping
        } else if (status.ok()) {
            leaving = std::exchange(slot.loaded, *std::move(loaded));
            slot.fingerprint = fingerprint;
            slot.problem.clear();
            slot.state = ModelState::Loaded;
        } else {
            slot.problem = text(status);
            if (slot.state == ModelState::Loading) slot.state = ModelState::Unloaded;
        }
    }
    leaving.reset();
    for (const Done& done : waiting) done(status);
    if (load.control.stop) settle(name);
}

void Repository::unload(const std::string& name, Done done)
{
    Status now;
    ModelShare ending;  // destroyed outside the lock
    std::vector<Done> cut;
    bool begun = false;
    const bool known = folders_.locate(name).has_value();
    {
        const MutexLock lock(mutex_);
        const auto found = slots_.find(name);
        if (found == slots_.end() || found->second.state == ModelState::Unloaded) {
            if (!known) now = absent(name);
        } else {
            Slot& slot = found->second;
            begun = true;
            slot.state = ModelState::Unloading;
            slot.unloading.push_back(std::move(done));
            ending = std::move(slot.loaded);
            slot.loaded.reset();
            cut.swap(slot.again);
            slot.againUrgent = false;
            if (slot.load && slot.load->begun) {
                stop(*slot.load);
            } else if (slot.load) {
                slot.load.reset();
                cut.insert(cut.end(), std::make_move_iterator(slot.loading.begin()),
                           std::make_move_iterator(slot.loading.end()));
                slot.loading.clear();
            }
        }
    }
    for (const Done& waiting : cut) waiting(cancelled("model '" + name + "' was unloaded while it was being loaded"));
    if (!begun) return done(now);
    ending.reset();
    settle(name);
}

void Repository::gone(const std::string& name)
{
    {
        const MutexLock lock(mutex_);
        const auto found = slots_.find(name);
        if (found == slots_.end()) return;
        --found->second.alive;
    }
    settle(name);
}

void Repository::settle(const std::string& name)
{
    const auto left = [](const Slot& slot) {
        return slot.state == ModelState::Unloading && !slot.load && slot.alive == 0;
    };
    {
        const MutexLock lock(mutex_);
        const auto found = slots_.find(name);
        if (found == slots_.end() || !left(found->second)) return;
    }
    // The allocator keeps freed memory; the engine's budget counts resident memory.
    if (!stop_) malloc_trim(0);
    std::vector<Done> waiting;
    std::vector<Done> failed;
    Status problem;
    {
        const MutexLock lock(mutex_);
        const auto found = slots_.find(name);
        if (found == slots_.end() || !left(found->second)) return;
        Slot& slot = found->second;
        slot.state = ModelState::Unloaded;
        waiting.swap(slot.unloading);
        if (!slot.again.empty()) {
            slot.loading.swap(slot.again);
            problem = startLoad(name, slot, !std::exchange(slot.againUrgent, false));
            if (!problem.ok()) failed.swap(slot.loading);
        }
    }
    for (const Done& done : waiting) done(absl::OkStatus());
    for (const Done& done : failed) done(problem);
}

}  // namespace millrace::runtime
