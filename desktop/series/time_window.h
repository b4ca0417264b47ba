// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QList>
#include <QtCore/QtGlobal>

#include <array>

namespace millrace::desktop {

/// From..to in the engine's Unix milliseconds.
struct TimeSpan {
    qint64 beginMs = 0;
    qint64 endMs = 0;
    qint64 lengthMs() const { return endMs - beginMs; }
    bool contains(qint64 when) const { return when >= beginMs && when <= endMs; }
    bool operator==(const TimeSpan&) const = default;
};

/// What span of time is shown: the newest `window` as it moves (live), or a fixed one (paused, zoomed, past), and the
/// way back. Pure core: what arrives and what is pressed goes in, a span comes out.
///
/// Bound: kZoomsMax steps back are kept; a span is kSpanMinMs..kSpanMaxMs long and never ends after the newest sample.
class TimeWindow {
public:
    static constexpr qint64 kSpanMinMs = 5'000;
    static constexpr qint64 kSpanMaxMs = 31LL * 86'400'000;
    static constexpr qint64 kLiveMaxMs = 3'600'000;  ///< up to here the console has every second itself
    static constexpr qint64 kGrowFromMs = 30'000;    ///< a young engine's axis is at least this long
    static constexpr int kZoomsMax = 32;
    static constexpr std::array<qint64, 9> kWindowsMs = {30'000,    60'000,     300'000,     900'000,      1'800'000,
                                                         3'600'000, 86'400'000, 604'800'000, 2'678'400'000};
    static constexpr int kWindowDefault = 2;

    /// A new sample. While fixed, only what may be reached grows.
    void setNewest(qint64 when) { newestMs_ = when; }
    /// The first sample that the console holds itself, and the first that the engine's history has. 0: unknown.
    void setHeld(qint64 first) { heldMs_ = first; }
    void setReach(qint64 first) { reachMs_ = first; }

    TimeSpan span() const;
    bool isFixed() const { return fixed_; }
    bool isPast() const;  ///< fixed, and it ends before the moment of the pause: what is not a series cannot follow
    qint64 newestMs() const { return newestMs_; }
    int windowIndex() const { return index_; }  ///< of kWindowsMs
    bool isCustom() const;                      ///< fixed to a span that is none of the windows
    bool canGoBack() const { return !zooms_.isEmpty() || fixed_; }

    void setWindow(int index);         ///< fixed: the same end, or middle when zoomed
    void pause();                      ///< stays where it is
    void goLive();                     ///< the newest again; zooms are forgotten
    void pan(double spans);            ///< negative: back; forward beyond the newest is live again
    void zoomTo(TimeSpan wanted);      ///< kept for zoomBack()
    bool zoomBack();                   ///< false: there was nothing to go back to
    void scale(qint64 at, int steps);  ///< the wheel: > 0 closer. Live: the next window; fixed: around `at`
    void show(qint64 when);            ///< fixed, `when` in the middle

private:
    struct Place {
        bool fixed;
        int index;
        TimeSpan span;
        qint64 pausedAtMs;
    };
    qint64 earliest() const;
    TimeSpan fitted(qint64 end, qint64 length) const;
    void fix(TimeSpan span);
    void remember();

    int index_ = kWindowDefault;
    bool fixed_ = false;
    TimeSpan span_;          // while fixed
    qint64 pausedAtMs_ = 0;  // the newest sample when it became fixed
    qint64 newestMs_ = 0;
    qint64 heldMs_ = 0;
    qint64 reachMs_ = 0;
    QList<Place> zooms_;
};

/// The candidate nearest to `at`, if one is as near as `within`; else `at`, on a multiple of `stepMs`.
/// What a crosshair stands on: events first, then samples.
qint64 snapped(qint64 at, const QList<qint64>& candidates, qint64 withinMs, qint64 stepMs);

}  // namespace millrace::desktop
