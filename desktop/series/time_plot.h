// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "format/numbers.h"
#include "series/nice_scale.h"
#include "series/plot_pieces.h"
#include "series/plot_scale.h"
#include "series/time_ticks.h"
#include "series/timeline.h"

#include <QtCharts/QAbstractSeries>
#include <QtCharts/QValueAxis>
#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtGui/QColor>
#include <QtGui/QPen>
#include <QtQml/QQmlListProperty>
#include <QtQml/qqmlregistration.h>
#include <QtQuick/QQuickItem>

namespace millrace::desktop {

/// One line of a chart: which series, and how it is drawn.
class Curve : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QString series MEMBER series NOTIFY lookChanged FINAL)
    Q_PROPERTY(QString label MEMBER label NOTIFY lookChanged FINAL)
    Q_PROPERTY(QColor color MEMBER color NOTIFY lookChanged FINAL)
    Q_PROPERTY(bool dashed MEMBER dashed NOTIFY lookChanged FINAL)
    Q_PROPERTY(bool dotted MEMBER dotted NOTIFY lookChanged FINAL)
    Q_PROPERTY(bool filled MEMBER filled NOTIFY lookChanged FINAL)
    Q_PROPERTY(QString help READ help NOTIFY lookChanged FINAL)           ///< what the series counts; empty: not said
    Q_PROPERTY(bool shown READ isShown NOTIFY shownChanged FINAL)         ///< false: another one is isolated
    Q_PROPERTY(QString reading READ reading NOTIFY readingChanged FINAL)  ///< at the crosshair, else at A, else newest
    Q_PROPERTY(QString difference READ difference NOTIFY readingChanged FINAL)  ///< against cursor A; empty: no A
public:
    using QObject::QObject;
    QString series;
    QString label;
    QColor color;
    bool dashed = false;  ///< a companion: it lies under the others
    bool dotted = false;  ///< distinguishable without its colour
    bool filled = false;
    QString help() const;
    bool isShown() const { return shown_; }
    void setShown(bool shown);
    QPen pen() const;  ///< of its lines, wherever they are painted
    QString reading() const { return reading_; }
    QString difference() const { return difference_; }
    void setReading(const QString& reading, const QString& difference);

Q_SIGNALS:
    void lookChanged();
    void shownChanged();
    void readingChanged();

private:
    bool shown_ = true;
    QString reading_;
    QString difference_;
};

/// A level that is aimed at, or a limit, as a dashed line with its word in the legend.
class GoalLine : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(double value MEMBER value NOTIFY lookChanged FINAL)
    Q_PROPERTY(QString label MEMBER label NOTIFY lookChanged FINAL)
    Q_PROPERTY(QColor color MEMBER color NOTIFY lookChanged FINAL)
public:
    using QObject::QObject;
    double value = 0;
    QString label;
    QColor color;

Q_SIGNALS:
    void lookChanged();
};

/// Brings series of a Timeline onto a Qt Charts ChartView: one replace() a piece and tick, at most kPointsMax
/// points a curve, only while `active`. It also knows the axes, the marks and the words, which painted items draw
/// around the view, and what pointer and keys do: crosshair, cursors, zoom.
///
/// Thread: GUI.   Bound: kPointsMax points and kLinesMax lines a curve; what is more becomes dots, nothing is dropped.
/// The crosshair touches no ChartView: repainting one costs milliseconds.
class TimePlot : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_CLASSINFO("DefaultProperty", "curves")
    Q_PROPERTY(millrace::desktop::Timeline* session READ session WRITE setSession NOTIFY sessionChanged FINAL REQUIRED)
    Q_PROPERTY(QQmlListProperty<millrace::desktop::Curve> curves READ curves CONSTANT FINAL)
    Q_PROPERTY(QQmlListProperty<millrace::desktop::GoalLine> goals READ goals CONSTANT FINAL)
    Q_PROPERTY(Unit unit MEMBER unit_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(Scale scale MEMBER scaleWanted_ NOTIFY setupChanged FINAL)   ///< of the y axis
    Q_PROPERTY(double leastTop MEMBER leastTop_ NOTIFY setupChanged FINAL)  ///< the axis reaches at least this high
    Q_PROPERTY(double fixedTop MEMBER fixedTop_ NOTIFY setupChanged FINAL)  ///< > 0: and never higher
    Q_PROPERTY(double floor MEMBER floor_ NOTIFY setupChanged FINAL)        ///< lower end, or the line's; 0 for counts
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY activeChanged FINAL)
    Q_PROPERTY(bool empty READ isEmpty NOTIFY emptyChanged FINAL)
    Q_PROPERTY(QString emptyText READ emptyText NOTIFY emptyChanged FINAL)  ///< why there is nothing to see
    Q_PROPERTY(bool logarithmic READ isLog NOTIFY scaleChanged FINAL)
    Q_PROPERTY(bool mayBeLog READ mayBeLog NOTIFY setupChanged FINAL)
    Q_PROPERTY(QString summary READ summary NOTIFY updated FINAL)  ///< spoken: newest, least and greatest of each curve
    Q_PROPERTY(QString spanText READ spanText NOTIFY updated FINAL)  ///< "02:07:44 – 02:12:44, 28 Nov"
    Q_PROPERTY(
        QString stepText READ stepText NOTIFY stepChanged FINAL)  ///< what a point is the mean of; empty: a second
    Q_PROPERTY(bool reading READ isReading NOTIFY crosshairMoved FINAL)  ///< crosshair or cursor A stands in the window
    Q_PROPERTY(double crosshairX READ crosshairX NOTIFY crosshairMoved FINAL)  ///< 0..1 of the width; < 0: none
    Q_PROPERTY(double cursorAX READ cursorAX NOTIFY crosshairMoved FINAL)
    Q_PROPERTY(double cursorBX READ cursorBX NOTIFY crosshairMoved FINAL)
    Q_PROPERTY(QString crosshairText READ crosshairText NOTIFY crosshairMoved FINAL)
    Q_PROPERTY(QString markText READ markText NOTIFY crosshairMoved FINAL)  ///< of the annotation under the crosshair
public:
    enum Unit { Count, PerSecond, Milliseconds, Bytes, BytesPerSecond, Share, Ratio, Rows, Cores };
    Q_ENUM(Unit)
    enum Scale { Auto, Linear, Logarithmic };  ///< Auto: logarithmic for times that span decades
    Q_ENUM(Scale)
    static constexpr int kPointsMax = 300;
    static constexpr int kLinesMax = 24;
    static constexpr int kLineColumns = 60;  ///< places at which lines of annotations stand
    static constexpr int kRowColumns = 150;  ///< places of the row of those that are not lines

    explicit TimePlot(QObject* parent = nullptr);

    Timeline* session() const { return session_; }
    void setSession(Timeline* session);
    QQmlListProperty<Curve> curves();
    QQmlListProperty<GoalLine> goals();
    const QList<Curve*>& curveList() const { return curves_; }
    const QList<GoalLine*>& goalList() const { return goals_; }
    bool isActive() const { return active_; }
    void setActive(bool active);
    bool isEmpty() const { return empty_; }
    QString emptyText() const { return emptyText_; }
    bool isLog() const { return y_.isLog(); }
    bool mayBeLog() const { return unit_ == Milliseconds && fixedTop_ <= 0; }
    QString summary() const { return summary_; }
    QString spanText() const;
    QString stepText() const { return stepText_; }
    bool isReading() const { return crosshairX() >= 0 || cursorAX() >= 0; }
    double crosshairX() const;
    double cursorAX() const;
    double cursorBX() const;
    QString crosshairText() const;
    QString markText() const;

    format::Unit formatUnit() const
    {
        static_assert(
            static_cast<int>(format::Unit::PerSecond) == PerSecond && static_cast<int>(format::Unit::Bytes) == Bytes &&
                static_cast<int>(format::Unit::Share) == Share && static_cast<int>(format::Unit::Cores) == Cores,
            "units are converted by their number");
        return static_cast<format::Unit>(unit_);
    }
    const PlotScale& y() const { return y_; }
    TimeSpan span() const { return drawn_; }  ///< what is drawn, which may trail the time bar by a pixel
    QList<TimeTick> xTicks() const;
    QList<PlotMark> marks() const;
    QList<PlotMark> rowMarks() const;  ///< of what concerns a curve of this chart
    const Pieces& piecesOf(qsizetype curve) const { return pieces_.at(curve); }
    qsizetype curvesDrawn() const { return pieces_.size(); }

    Q_INVOKABLE bool draws(const QString& series) const;  ///< one of its curves is of that series
    /// The ChartView to draw on and its axes, once.
    Q_INVOKABLE void attach(QQuickItem* view, QValueAxis* axisX, QValueAxis* axisY);
    /// The pointer is at 0..1 of the width; events within `reach` of it catch the crosshair. < 0: it has left the item.
    Q_INVOKABLE void hover(double at, double reach = 0);
    Q_INVOKABLE void pin(double at, double reach = 0);  ///< a click
    Q_INVOKABLE void pinCrosshair();                    ///< the same by keys
    Q_INVOKABLE void select(double from, double to);    ///< a drag: zoom
    Q_INVOKABLE void wheel(double at, int steps);       ///< > 0: closer
    Q_INVOKABLE void moveCrosshair(int steps);          ///< by keys
    Q_INVOKABLE bool clearCrosshair();                  ///< and cursors; false: there were none
    Q_INVOKABLE void isolate(int curve);  ///< shows this one alone; the same again, or an index beyond: all
    Q_INVOKABLE QString csv() const;      ///< of the window, a row a step
    Q_INVOKABLE QString fileStem(const QString& title) const;  ///< "millrace-latency", for what is saved

Q_SIGNALS:
    void sessionChanged();
    void setupChanged();
    void activeChanged();
    void emptyChanged();
    void scaleChanged();
    void stepChanged();
    void updated();
    void crosshairMoved();

private:
    struct Drawn {
        QList<QAbstractSeries*> lines;
        QList<QAbstractSeries*> fills;  // below the lines; a filled curve has both
        QAbstractSeries* dots = nullptr;
    };

    void onRange();
    void update();
    void updateScale(double low, double high, double lowPositive);
    void updateReadings();
    void draw();
    bool makeSeries();
    QAbstractSeries* create(const char* type, const Curve& curve);
    void applyLook(QAbstractSeries* piece, const Curve& curve) const;
    void restyle();
    double placeOf(qint64 when) const;
    qint64 momentAt(double at, double reach) const;
    qint64 readingWithin() const;
    std::optional<double> valueAt(const Curve& curve, qint64 when, bool newest) const;
    PieceRules rules() const;

    QPointer<Timeline> session_;
    QList<Curve*> curves_;
    QList<GoalLine*> goals_;
    Unit unit_ = Count;
    Scale scaleWanted_ = Auto;
    double leastTop_ = 0;
    double fixedTop_ = 0;
    double floor_ = 0;
    bool active_ = false;
    bool empty_ = true;
    QString emptyText_;
    QString stepText_;
    QString summary_;
    QPointer<QQuickItem> view_;
    QPointer<QValueAxis> axisX_;
    QPointer<QValueAxis> axisY_;
    NiceScale top_;
    NiceScale depth_;  // from a fixed top down to the line
    LogChoice log_;
    PlotScale y_ = PlotScale::linear(0, 1);
    qint64 scaleWindowMs_ = 0;
    TimeSpan drawn_;
    QList<Pieces> pieces_;  // of each curve; empty while another one is isolated
    QList<Drawn> series_;
    qsizetype capacity_ = 0;  // lines a curve that the view has series for
};

}  // namespace millrace::desktop
