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

/// Unloaded → Loading → Loaded → Unloading → Unloaded. A failed load returns to Unloaded with its reason, a cancelled
/// one passes through Unloading.
enum class ModelState { Unloaded, Loading, Loaded, Unloading };

/// A loaded model; its memory is freed with the last share.
struct LoadedModel {
    std::string name;
    std::string version;
    ModelConfig config;
    std::unique_ptr<Model> model;
};
using ModelShare = std::shared_ptr<LoadedModel>;

/// An entry of the list.
struct ModelInfo {
    std::string name;
    std::string version;
    ModelState state = ModelState::Unloaded;
    std::string reason;                 // why it is not loaded: "unloaded", or an error
    std::optional<ModelConfig> config;  // empty: config.json is invalid, see reason
    std::int64_t createdS = 0;          // Unix seconds of its newest file
    std::uint64_t bytes = 0;            // measured if loaded, otherwise the size of the file
};

/// The models in a list of folders (ModelFolders), and which of them are loaded. Loads only on request.
///
///     Repository models({"models"}, loader, 3);
///     models.load("digits-s", [&](const Status& status) { … });
///     StatusOr<ModelShare> model = models.find("digits-s", "");  // keeps it in memory
///
/// Owner:  main.                    Thread: any; `done` runs on a loader thread, or inside the call.
/// Bound:  `loadThreads` loads at a time, 256 waiting.
/// Errors: NotFound (unknown), FailedPrecondition (not loaded), Internal (invalid files), Cancelled (unloaded while
///         loading).
/// Stop:   stop() cancels synthetic loads; the destructor waits for others. REQUIRES: no share is held at that time.
class Repository {
public:
    using Done = std::function<void(const Status&)>;

    /// `slots`: shared by loads and runs; null: loads are not limited. REQUIRES: `slots` and `loader` outlive this.
    Repository(std::vector<std::filesystem::path> folders, ModelLoader& loader, std::size_t loadThreads,
               ComputeSlots* slots = nullptr);
    ~Repository();

    /// All models, sorted by name.
    std::vector<ModelInfo> list() const;
    std::optional<ModelInfo> info(const std::string& name) const;
    /// The same with a version (empty: any), loaded or not. NotFound.
    StatusOr<ModelInfo> describe(const std::string& name, const std::string& version) const;
    /// The loaded model. `version` empty: any.
    StatusOr<ModelShare> find(const std::string& name, const std::string& version) const;
    /// Loads, or joins a load in flight, or reloads if the files have changed. A preload has low priority until
    /// expedited.
    void load(const std::string& name, Done done, bool preload = false);
    /// Makes a preload in flight urgent; no effect without one.
    void expedite(const std::string& name);
    /// Refuses new runs at once; calls `done` when the last run has ended and the memory is freed. A load in flight is
    /// stopped at its next step, and its waiters get Cancelled.
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
        std::string problem;         // of the latest load
        std::shared_ptr<Load> load;  // queued or running
        std::size_t alive = 0;       // models in memory, including ones being replaced
        std::vector<Done> loading;   // waiting for `load`
        std::vector<Done> unloading;
        std::vector<Done> again;   // loads requested during an unload
        bool againUrgent = false;  // at least one of them is not a preload
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
    /// Completes an unload whose model is freed.
    void settle(const std::string& name);

    const ModelFolders folders_;
    ModelLoader& loader_;
    ComputeSlots* const compute_;
    std::atomic<bool> stop_{false};
    mutable Mutex mutex_;
    std::map<std::string, Slot> slots_ MILLRACE_GUARDED_BY(mutex_);
    std::unique_ptr<Workers> loaders_;  // last: its threads use the rest
};

}  // namespace millrace::runtime
