// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/mutex.h"
#include "runtime/loader.h"
#include "runtime/model_folders.h"
#include "runtime/workers.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace millrace::runtime {

/// Unloaded → Loading → Loaded → Unloading → Unloaded; a load that fails goes back to Unloaded with its reason, one
/// that is not wanted any more through Unloading.
enum class ModelState { Unloaded, Loading, Loaded, Unloading };

/// A model ready to run; unloaded when the last share of it is dropped.
struct LoadedModel {
    std::string name;
    std::string version;
    ModelConfig config;
    std::unique_ptr<Model> model;
};
using ModelShare = std::shared_ptr<LoadedModel>;

/// One line of the list.
struct ModelInfo {
    std::string name;
    std::string version;
    ModelState state = ModelState::Unloaded;
    std::string reason;                 // why it is not loaded: "unloaded", or what went wrong
    std::optional<ModelConfig> config;  // empty: config.json is wrong, see reason
    std::int64_t createdS = 0;          // Unix seconds of its newest file
    std::uint64_t bytes = 0;            // measured when loaded; size of the file else
};

/// The models in some folders (name/config.json, name/1/model.pt), and which of them are loaded. Loads only on request.
/// Files are read again at every list and load, so new folders need no restart.
///
///     Repository models({"models"}, loader, 3);
///     models.load("digits-s", [&](const Status& status) { … });
///     StatusOr<ModelShare> model = models.find("digits-s", "");  // keeps it loaded while it is held
///
/// Owner:  main.                    Thread: any; `done` runs on a loader thread, or inside the call.
/// Bound:  `loadThreads` loads at a time, 256 waiting.
/// Errors: NotFound (no such folder), FailedPrecondition (not loaded), Internal (config.json or file wrong: the caller
///         cannot change that), Cancelled (unloaded while it was being loaded).
/// Stop:   stop() cuts synthetic loads short; the destructor waits for the others. REQUIRES: no share is held then.
class Repository {
public:
    using Done = std::function<void(const Status&)>;

    /// `slots`: shared by loads and runs; null: loads are not limited. REQUIRES: `slots` and `loader` outlive this.
    Repository(std::vector<std::filesystem::path> folders, ModelLoader& loader, std::size_t loadThreads,
               ComputeSlots* slots = nullptr);
    ~Repository();

    /// Sorted by name; of two folders with the same model the first counts.
    std::vector<ModelInfo> list() const;
    std::optional<ModelInfo> info(const std::string& name) const;
    /// The same by version (empty: any), loaded or not. Errors: NotFound.
    StatusOr<ModelInfo> describe(const std::string& name, const std::string& version) const;
    /// The model, if it is loaded. `version` empty: whichever is.
    StatusOr<ModelShare> find(const std::string& name, const std::string& version) const;
    /// Loads, or joins a load in flight, or reloads when its files have changed. A preload runs at low priority, until
    /// somebody wants it otherwise.
    void load(const std::string& name, Done done, bool preload = false);
    /// Raises a preload in flight to the priority of a demand load, if there is one.
    void expedite(const std::string& name);
    /// Refuses new work at once; done when the last run has ended and the memory is given back. A load in flight is
    /// stopped at its next step: those who waited for it get Cancelled, and `done` comes when nothing of it is left.
    void unload(const std::string& name, Done done);
    void stop();

private:
    struct Load {
        LoadControl control;
        bool begun = false;  // guarded by the mutex_ of its repository
    };
    struct Slot {
        ModelState state = ModelState::Unloaded;
        ModelShare loaded;
        std::string fingerprint;
        std::string problem;         // of the last load
        std::shared_ptr<Load> load;  // waiting or running
        std::size_t alive = 0;       // models in memory, those that are being replaced included
        std::vector<Done> loading;   // wait for `load`
        std::vector<Done> unloading;
        std::vector<Done> again;   // asked for while it was being unloaded
        bool againUrgent = false;  // and not all of them are preloads
    };

    ModelInfo describe(const std::string& name, const ModelFolders::Place& place) const;
    Status startLoad(const std::string& name, Slot& slot, bool preload) MILLRACE_REQUIRES(mutex_);
    void expedite(Load& load);
    void stop(Load& load);
    void loadNow(const std::string& name, const std::shared_ptr<Load>& load);
    StatusOr<ModelShare> makeModel(const std::string& name, const Load& load, std::string& fingerprint);
    void finishLoad(const std::string& name, const Load& load, StatusOr<ModelShare> loaded,
                    const std::string& fingerprint);
    void gone(const std::string& name);
    /// Ends an unload of which nothing is left.
    void settle(const std::string& name);

    const ModelFolders folders_;
    ModelLoader& loader_;
    ComputeSlots* const compute_;
    std::atomic<bool> stop_{false};
    mutable Mutex mutex_;
    std::map<std::string, Slot> slots_ MILLRACE_GUARDED_BY(mutex_);
    std::unique_ptr<Workers> loaders_;  // ends first: its threads use the rest
};

}  // namespace millrace::runtime
