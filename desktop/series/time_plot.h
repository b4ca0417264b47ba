// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "format/numbers.h"
#include "series/nice_scale.h"
#include "series/series_store.h"
#include "series/timeline.h"

#include <QtCharts/QAbstractSeries>
#include <QtCharts/QValueAxis>
#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtGui/QColor>
#include <QtQml/QQmlListProperty>
#include <QtQml/qqmlregistration.h>
#include <QtQuick/QQuickItem>

QT_FORWARD_DECLARE_CLASS(QXYSeries)

namespace millrace::desktop {

/// One line of a chart: which series, and how it is drawn.
class Curve : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QString series MEMBER series NOTIFY lookChanged FINAL)
    Q_PROPERTY(QString label MEMBER label NOTIFY lookChanged FINAL)
    Q_PROPERTY(QColor color MEMBER color NOTIFY lookChanged FINAL)
    Q_PROPERTY(bool dashed MEMBER dashed NOTIFY lookChanged FINAL)
    Q_PROPERTY(bool filled MEMBER filled NOTIFY lookChanged FINAL)
    Q_PROPERTY(QString reading READ reading NOTIFY readingChanged FINAL)  ///< value at the crosshair, else the newest
public:
    using QObject::QObject;
    QString series;
    QString label;
    QColor color;
    bool dashed = false;
    bool filled = false;
    QString reading() const { return reading_; }
    void setReading(const QString& reading);

Q_SIGNALS:
    void lookChanged();
    void readingChanged();

private:
    QString reading_;
};

/// A level that is aimed at, or a limit, as a dashed line with its word.
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

/// Brings series of the session onto a Qt Charts ChartView: one replace() a piece and tick, at most kColumns points,
/// only while `active`. It also knows the axes, the marks and the words, which painted items draw around the view.
///
/// Thread: GUI.   Bound: kPiecesMax unbroken pieces a curve; the newest are drawn.
class TimePlot : public QObject {
    Q_OBJECT
    QML_ELEMENT
    Q_CLASSINFO("DefaultProperty", "curves")
    Q_PROPERTY(millrace::desktop::Timeline* session READ session WRITE setSession NOTIFY sessionChanged FINAL REQUIRED)
    Q_PROPERTY(QQmlListProperty<millrace::desktop::Curve> curves READ curves CONSTANT FINAL)
    Q_PROPERTY(QQmlListProperty<millrace::desktop::GoalLine> goals READ goals CONSTANT FINAL)
    Q_PROPERTY(Unit unit MEMBER unit_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(double leastTop MEMBER leastTop_ NOTIFY setupChanged FINAL)  ///< the axis reaches at least this high
    Q_PROPERTY(double fixedTop MEMBER fixedTop_ NOTIFY setupChanged FINAL)  ///< > 0: and never higher
    Q_PROPERTY(double floor MEMBER floor_ NOTIFY setupChanged FINAL)        ///< lower end; 0 for counts
    Q_PROPERTY(bool active READ isActive WRITE setActive NOTIFY activeChanged FINAL)
    Q_PROPERTY(bool empty READ isEmpty NOTIFY updated FINAL)
    Q_PROPERTY(QString summary READ summary NOTIFY updated FINAL)  ///< spoken: newest, least and greatest of each curve
    Q_PROPERTY(double crosshairX READ crosshairX NOTIFY crosshairMoved FINAL)  ///< 0..1 of the width; < 0: none
    Q_PROPERTY(QString crosshairText READ crosshairText NOTIFY crosshairMoved FINAL)
public:
    enum Unit { Count, PerSecond, Milliseconds, Bytes, BytesPerSecond, Share, Ratio, Rows, Cores };
    Q_ENUM(Unit)
    static constexpr int kColumns = 300;
    static constexpr int kPiecesMax = 24;

    struct Mark {
        double at;  ///< 0..1
        Annotation::Kind kind;
        QString text;
        bool bad;
    };

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
    QString summary() const { return summary_; }
    double crosshairX() const;
    QString crosshairText() const;

    format::Unit formatUnit() const
    {
        static_assert(
            static_cast<int>(format::Unit::PerSecond) == PerSecond && static_cast<int>(format::Unit::Bytes) == Bytes &&
                static_cast<int>(format::Unit::Share) == Share && static_cast<int>(format::Unit::Cores) == Cores,
            "units are converted by their number");
        return static_cast<format::Unit>(unit_);
    }
    double bottom() const { return floor_; }
    double top() const { return top_; }
    QList<double> yTicks() const;
    struct XTick {
        double at;
        QString text;
    };
    QList<XTick> xTicks() const;
    QList<Mark> marks() const;

    /// The ChartView to draw on and its axes, once.
    Q_INVOKABLE void attach(QQuickItem* view, QValueAxis* axisX, QValueAxis* axisY);
    Q_INVOKABLE void hover(double at);  ///< 0..1 of the width; < 0: left
    Q_INVOKABLE QString csv() const;    ///< of the window, a row a second

Q_SIGNALS:
    void sessionChanged();
    void setupChanged();
    void activeChanged();
    void updated();
    void crosshairMoved();

private:
    struct Drawn {
        Curve* curve = nullptr;
        QList<QAbstractSeries*> lines;
        QList<QAbstractSeries*> fills;  // below the lines; a filled curve has both
    };

    void update();
    void updateReadings();
    void draw(const Curve& curve, int type, QList<QAbstractSeries*>& pieces, const Segments& segments);
    void applyLook(QAbstractSeries* piece, const Curve& curve) const;
    void restyle();

    QPointer<Timeline> session_;
    QList<Curve*> curves_;
    QList<GoalLine*> goals_;
    Unit unit_ = Count;
    double leastTop_ = 0;
    double fixedTop_ = 0;
    double floor_ = 0;
    double top_ = 1;
    bool active_ = false;
    bool empty_ = true;
    QString summary_;
    QPointer<QQuickItem> view_;
    QValueAxis* axisX_ = nullptr;
    QValueAxis* axisY_ = nullptr;
    NiceScale scale_;
    qint64 scaleWindowMs_ = 0;
    QList<Drawn> drawn_;
};

}  // namespace millrace::desktop
