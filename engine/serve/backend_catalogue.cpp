// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/backend_catalogue.h"

#include "base/text.h"
#include "phrases.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <utility>

namespace millrace::serve {

namespace {

/// There is an answer, and it is no list. All else says only that there is none now.
bool isNoList(const Status& status)
{
    return absl::IsFailedPrecondition(status) || absl::IsNotFound(status) || absl::IsInvalidArgument(status) ||
           absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status) || absl::IsUnimplemented(status);
}

}  // namespace

BackendCatalogue::BackendCatalogue(Strand strand, Clock& clock, EventLog& eventLog, load::Loader& loader,
                                   Router& router, CancelToken stopped)
    : strand_(strand),
      clock_(clock),
      eventLog_(eventLog),
      loader_(loader),
      router_(router),
      stopped_(std::move(stopped)),
      timer_(strand, clock, [this] { wakeWaiters(false); })
{}

void BackendCatalogue::start()
{
    net::co_spawn(strand_, watch(shared_from_this()), net::detached);
}

// ---- which backends there are ----

void BackendCatalogue::set(std::vector<Served> served)
{
    // What serves only until it is replaced is reached through its replacement.
    std::vector<Entry> before;
    for (const Entry& entry : entries_)
        for (Entry older = entry; older; older = older->replaces) before.push_back(older);
    const auto entryOf = [&](const std::shared_ptr<backend::Backend>& backend) -> Entry {
        const auto found =
            std::find_if(before.begin(), before.end(), [&](const Entry& entry) { return entry->backend == backend; });
        return found == before.end() ? nullptr : *found;
    };
    std::vector<Entry> next;
    for (const auto& wanted : served) {
        Entry entry = entryOf(wanted.backend);
        if (!entry) {
            entry = std::make_shared<Watched>();
            entry->backend = wanted.backend;
            listen(*wanted.backend);
        }
        entry->rank = next.size();
        entry->enabled = wanted.enabled;
        next.push_back(std::move(entry));
    }
    const auto stays = [&](const Entry& entry) { return std::find(next.begin(), next.end(), entry) != next.end(); };
    for (std::size_t i = 0; i < served.size(); ++i) {
        const Entry& entry = next[i];
        if (entry->replaces && stays(entry->replaces)) entry->replaces.reset();  // both are wanted now
        if (!entry->replaces && !entry->serves) entry->serves = true;
        if (!served[i].replaces || entry->replaces) continue;
        Entry serving = entryOf(served[i].replaces);
        if (!serving || stays(serving)) continue;
        // One that was to replace another and never came to serve hands on what it was to replace.
        while (serving && !serving->serves) serving = serving->replaces;
        const bool canReplace =
            serving && entry->enabled && serving->backend->available() && entry->state == Listing::Never;
        if (!canReplace) continue;
        entry->replaces = std::move(serving);
        entry->serves = false;
        entry->replaceBy = clock_.now() + kReplaceMax;
    }
    entries_ = std::move(next);
    for (const Entry& entry : before)
        if (!find(entry->backend.get())) retire(entry);
    publish();
}

void BackendCatalogue::listen(backend::Backend& backend)
{
    backend::BackendListener listener;
    listener.onUp = [weak = weak_from_this(), raw = &backend] {
        if (const auto self = weak.lock())
            if (const Entry found = self->find(raw)) self->askForList(found);
    };
    // A process that was killed may be back before the next look: what it had loaded is gone all the same.
    listener.onDown = [weak = weak_from_this(), raw = &backend](const std::string&, bool lost) {
        const auto self = weak.lock();
        const Entry found = self && lost ? self->find(raw) : nullptr;
        if (!found || !found->serves) return;
        self->loader_.backendDown(found->backend->name());
        if (self->replaced_) self->replaced_(found->backend->name());
    };
    backend.setListener(std::move(listener));
}

void BackendCatalogue::retire(const Entry& entry)
{
    if (std::exchange(entry->retired, true)) return;
    if (entry->serves) {
        loader_.backendDown(entry->backend->name());
        if (replaced_) replaced_(entry->backend->name());
    }
    router_.removeBackend(*entry->backend);
    entry->serves = false;
    entry->replaces.reset();
    if (retired_) retired_(entry->backend);
}

/// From now on it serves, and what it replaces does not.
void BackendCatalogue::promote(Watched& watched, const std::string& why)
{
    const Entry old = std::exchange(watched.replaces, nullptr);
    watched.serves = true;
    watched.replaceBy = TimePoint::max();
    if (!old) return;
    eventLog_.append(
        why.empty() ? Severity::Info : Severity::Warning, "backend_replaced", watched.backend->name(),
        why.empty() ? say(Phrase::BackendReplaces) : say(Phrase::BackendReplacesAlthough, Value::quote(why)));
    retire(old);
}

// ---- what they list ----

net::awaitable<void> BackendCatalogue::watch(std::shared_ptr<BackendCatalogue> self)
{
    while (!self->stopped_.cancelled()) {
        const auto now = self->clock_.now();
        self->look(now);
        co_await self->clock_.sleepUntil(now + kLookEvery);
    }
}

void BackendCatalogue::look(TimePoint now)
{
    const std::vector<Entry> entries = entries_;  // what is found out may change them
    for (const Entry& entry : entries) {
        const bool available = entry->backend->available();
        const bool cameUp = available && !entry->available;
        if (!available && entry->available && entry->serves) loader_.backendDown(entry->backend->name(), false);
        entry->available = available;
        if (available && !entry->listing && (cameUp || now - entry->asked >= entry->listEvery)) askForList(entry);
        if (!entry->replaces) continue;
        if (now >= entry->replaceBy) {
            promote(*entry, "it has not listed its models within " + std::to_string(kReplaceMax / 1s) + " s" +
                                (entry->problem.empty() ? "" : ": " + entry->problem));
            publish();
        } else if (!entry->replaces->backend->available()) {
            promote(*entry, {});
            publish();
        }
    }
}

void BackendCatalogue::askForList(const Entry& entry)
{
    if (entry->listing) return;
    entry->available = true;
    entry->listing = true;
    entry->asked = clock_.now();
    net::co_spawn(strand_, list(shared_from_this(), entry), net::detached);
}

net::awaitable<void> BackendCatalogue::list(std::shared_ptr<BackendCatalogue> self, Entry entry)
{
    CallContext context;
    context.client = "millrace";
    context.deadline = self->clock_.now() + kListTimeout;
    context.cancel = self->stopped_;
    const auto trace = context.trace;
    StatusOr<std::vector<backend::ModelInfo>> models = internal("the list was not read");
    try {
        models = co_await entry->backend->listModels(std::move(context));
    } catch (const std::exception& error) {
        models = internal(std::string("the adapter failed: ") + error.what());
    }
    entry->listing = false;
    const bool dialled = trace->spent(Phase::Connecting) > Duration{} && !trace->connectionReused;
    entry->listEvery = models.ok() && dialled ? std::min(2 * entry->listEvery, kListEveryMax) : kListEvery;
    if (self->stopped_.cancelled()) co_return;  // what it notifies may be destroyed
    if (self->find(entry->backend.get())) self->listed(entry, models);
    if (!self->listingNow()) self->wakeWaiters(true);
}

void BackendCatalogue::listed(const Entry& entry, const StatusOr<std::vector<backend::ModelInfo>>& models)
{
    Watched& watched = *entry;
    if (!models.ok()) {
        const std::string why = text(models.status());
        if (isNoList(models.status()))
            setState(watched, Listing::Unreadable, why);
        else
            watched.problem = why;
        return;
    }
    setState(watched, models->empty() ? Listing::Empty : Listing::Listed, {});
    if (watched.replaces) promote(watched, {});
    if (!watched.serves) return;
    router_.setModels(watched.backend, *models, watched.rank);
    publish();
}

void BackendCatalogue::setState(Watched& watched, Listing state, const std::string& problem)
{
    watched.problem = problem;
    const Listing before = std::exchange(watched.state, state);
    if (before == state) return;
    const std::string& name = watched.backend->name();
    if (state == Listing::Unreadable)
        eventLog_.append(Severity::Warning, "listing_unreadable", name,
                         say(Phrase::ListingUnreadable, Value::quote(problem)));
    else if (state == Listing::Empty)
        eventLog_.append(Severity::Warning, "listing_empty", name, say(Phrase::ListingEmpty));
    else if (before != Listing::Never)
        eventLog_.append(Severity::Info, "listing_read", name, say(Phrase::ListingRead));
}

void BackendCatalogue::publish()
{
    std::vector<load::CatalogueEntry> entries;
    for (auto& [model, place] : router_.all()) entries.push_back({model, place.backend, place.info});
    loader_.setCatalogue(std::move(entries));
}

// ---- models that nobody lists ----

net::awaitable<void> BackendCatalogue::refresh(TimePoint deadline, CancelToken cancel)
{
    const auto self = shared_from_this();
    const auto until = std::min(deadline, clock_.now() + kDemandMax);
    // Requests for names that do not exist cost the backends one listing a second, however many they are.
    while (!listingNow() && demanded_ + kDemandEvery > clock_.now() && demanded_ != TimePoint::min()) {
        const auto next = demanded_ + kDemandEvery;
        if (next >= until || cancel.cancelled()) co_return;
        OneShot<bool> turn;
        waiters_.push_back({turn, next});
        timer_.at(next);
        const auto left = cancel.onCancel([turn] { turn.set(false); });
        co_await turn.wait();
        if (cancel.cancelled()) co_return;
    }
    if (!listingNow()) {
        demanded_ = clock_.now();
        const std::vector<Entry> entries = entries_;
        for (const Entry& entry : entries)
            if (entry->enabled && entry->backend->available()) askForList(entry);
    }
    if (!listingNow()) co_return;
    OneShot<bool> done;
    waiters_.push_back({done, until});
    timer_.at(until);
    const auto left = cancel.onCancel([done] { done.set(false); });
    co_await done.wait();
}

bool BackendCatalogue::listingNow() const
{
    return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry->listing; });
}

void BackendCatalogue::wakeWaiters(bool all)
{
    const auto now = clock_.now();
    auto next = TimePoint::max();
    for (auto place = waiters_.begin(); place != waiters_.end();) {
        if (all || place->until <= now) {
            place->done.set(true);
            place = waiters_.erase(place);
        } else if (place->done.ready()) {
            place = waiters_.erase(place);
        } else {
            next = std::min(next, place->until);
            ++place;
        }
    }
    if (next != TimePoint::max()) timer_.at(next);
}

Status BackendCatalogue::unknown(const std::string& model) const
{
    std::string reasons;
    bool onlyUnreadable = true;
    for (const Entry& entry : entries_) {
        const Watched& watched = entry->replaces ? *entry->replaces : *entry;
        if (!entry->enabled) continue;
        const std::string why = notKnown(watched);
        if (why.empty()) continue;
        reasons += (reasons.empty() ? "" : "; ") + watched.backend->name() + ": " + why;
        if (watched.state != Listing::Unreadable) onlyUnreadable = false;
    }
    const std::string name = "model " + quotedName(model);
    if (!reasons.empty())
        return withField(
            withRetryAfter(unavailable(name + " is not known yet: " + reasons),
                           onlyUnreadable ? std::chrono::milliseconds(5000) : std::chrono::milliseconds(1000)),
            "model");
    const std::string known = router_.someNames();
    return withField(notFound(name + " does not exist; " +
                              (known.empty() ? std::string("no backend lists a model") : "available: " + known)),
                     "model");
}

/// Empty: what it has is known.
std::string BackendCatalogue::notKnown(const Watched& watched) const
{
    std::string why;
    if (watched.state == Listing::Unreadable) return "its list of models cannot be read: " + watched.problem;
    if (!watched.backend->available(&why)) return why.empty() ? std::string("it is unavailable") : why;
    if (!watched.problem.empty()) return "its models could not be listed: " + watched.problem;
    if (watched.state == Listing::Never) return "it has not listed its models yet";
    return {};
}

Sentence BackendCatalogue::problem(const backend::Backend& backend) const
{
    const Entry entry = find(&backend);
    if (!entry) return {};
    if (entry->state == Listing::Unreadable) return say(Phrase::ListingProblem, Value::quote(entry->problem));
    if (entry->state == Listing::Empty) return say(Phrase::ListingIsEmpty);
    if (!entry->problem.empty()) return say(Phrase::ListingFailed, Value::quote(entry->problem));
    return {};
}

bool BackendCatalogue::anyAvailable() const
{
    return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
        return (entry->replaces ? entry->replaces : entry)->backend->available();
    });
}

std::vector<std::shared_ptr<backend::Backend>> BackendCatalogue::held() const
{
    std::vector<std::shared_ptr<backend::Backend>> out;
    for (const Entry& entry : entries_) {
        if (entry->replaces) out.push_back(entry->replaces->backend);
        out.push_back(entry->backend);
    }
    return out;
}

BackendCatalogue::Entry BackendCatalogue::find(const backend::Backend* backend) const
{
    for (const Entry& entry : entries_) {
        if (entry->backend.get() == backend) return entry;
        if (entry->replaces && entry->replaces->backend.get() == backend) return entry->replaces;
    }
    return nullptr;
}

}  // namespace millrace::serve
