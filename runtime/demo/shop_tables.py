"""The tables of the demo shop, each as the query that makes it up.

Nothing is random: `chance('stream', a, b)` is a number in [0, 1) that depends on the seed, the
stream's name and two numbers only, so equal seeds give equal shops, and every row can be made
on its own; `later(t, draw)` is an instant between t and the end of the log. How often somebody
does something comes from their persona, which stays in the temporary table `people`: a rule has
to find out from behaviour.
"""

PERSONAS = """
CREATE OR REPLACE TEMP TABLE personas AS
SELECT * FROM (VALUES
  -- share: of all customers; *_days: one in how many days; *_rate: how often, when it could be
  -- name,      share, send, open, click, visit, cart, buy, tickets, calm
  ('engaged',    0.20,  2.0, 0.85,  0.35,   5.0, 22.0, 0.70,     1.6,    6),
  ('loyal',      0.10,  2.5, 0.75,  0.22,   6.0, 14.0, 0.85,     1.4,    7),
  ('lapsing',    0.20,  5.0, 0.65,  0.06,  12.0, 28.0, 0.60,     3.2,    0),
  ('newcomer',   0.12,  4.0, 0.55,  0.12,   4.0,  9.0, 0.35,     0.8,    5),
  ('one_off',    0.20,  7.0, 0.15,  0.02,  30.0,  1.0, 1.00,     0.7,    3),
  ('browser',    0.18,  6.0, 0.40,  0.10,   2.5,  5.0, 0.12,     1.3,    4)
) AS t(persona, share, send_days, open_rate, click_rate, visit_days, cart_days, buy_rate,
       tickets, calm)
"""

# `fades_at` is when somebody loses interest: never, but for the lapsing, who stop reading some
# weeks before the end, so that their last open is 30 to 60 days old for many.
PEOPLE = """
CREATE OR REPLACE TEMP TABLE people AS
WITH bands AS (
  SELECT *, sum(share) OVER (ORDER BY persona) AS upto, sum(share) OVER (ORDER BY persona) - share
    AS above FROM personas
), drawn AS (
  SELECT id AS customer_id, chance('persona', id, 0) AS draw
  FROM range(1, getvariable('customers') + 1) AS t(id)
), dated AS (
  SELECT customer_id, bands.*,
    getvariable('until') - days(CASE persona
      WHEN 'newcomer' THEN 1 + 29 * chance('signup', customer_id, 0)
      WHEN 'loyal' THEN 380 + 700 * chance('signup', customer_id, 0)
      ELSE 45 + 600 * chance('signup', customer_id, 0) END) AS signed_up_at
  FROM drawn JOIN bands ON draw >= above AND draw < upto
)
SELECT *,
  greatest(signed_up_at, getvariable('until') - days(getvariable('days'))) AS begins_at,
  CASE WHEN persona = 'lapsing'
    THEN getvariable('until') - days(15 + 60 * chance('fade', customer_id, 0))
    ELSE getvariable('until') END AS fades_at,
  chance('wanted', customer_id, 0) >= 0.05 AS ever_subscribed,
  CASE WHEN chance('unsubscribe', customer_id, 0)
      < CASE persona WHEN 'lapsing' THEN 0.2 ELSE 0.04 END
    AND chance('wanted', customer_id, 0) >= 0.05
    THEN later(signed_up_at, chance('unsubscribe', customer_id, 1)) END AS unsubscribed_at
FROM dated
"""

CUSTOMERS = """
SELECT customer_id,
  CASE WHEN chance('email', customer_id, 0) < 0.98
    THEN lower(first_name) || '.' || customer_id || '@example.com' END AS email,
  first_name, signed_up_at,
  ever_subscribed AND unsubscribed_at IS NULL AS email_subscribed,
  CASE WHEN born < 0.15 THEN NULL
    -- More leap days than in life, for they are where anniversaries go wrong.
    WHEN born < 0.16 THEN make_date(1960 + 4 * (hash(customer_id) % 11)::INT, 2, 29)
    ELSE DATE '1950-01-01' + (20000 * chance('birth', customer_id, 1))::INT END AS birth_date,
  CASE WHEN chance('country', customer_id, 0) >= 0.03 THEN
    ['FR', 'FR', 'FR', 'DE', 'DE', 'ES', 'IT', 'GB', 'US', 'JP']
      [1 + floor(10 * chance('country', customer_id, 1))::INT] END AS country,
  CASE WHEN persona IN ('engaged', 'loyal') AND chance('plan', customer_id, 0) < 0.5 THEN 'pro'
    WHEN chance('plan', customer_id, 0) < 0.1 THEN 'team' ELSE 'free' END AS plan,
  ['search', 'social', 'referral', 'advert', 'direct']
    [1 + floor(5 * chance('channel', customer_id, 0))::INT] AS channel
FROM (SELECT *, chance('birth', customer_id, 0) AS born,
        ['Ada', 'Blaise', 'Chloé', 'Dana', 'Emil', 'Fatou', 'Goro', 'Hana', 'Inès', 'Jules']
          [1 + floor(10 * chance('name', customer_id, 0))::INT] AS first_name FROM people)
ORDER BY customer_id
"""

EMAIL_SENDS = """
SELECT customer_id * 10000 + n AS message_id, customer_id, sent_at,
  ['newsletter', 'newsletter', 'promotion', 'product_news']
    [1 + floor(4 * chance('campaign', customer_id, n))::INT] AS campaign
FROM (
  SELECT customer_id, n, unsubscribed_at,
    begins_at + days(send_days * (n + 0.9 * chance('send', customer_id, n))) AS sent_at
  FROM people, range(0, ceil(date_diff('hour', begins_at, getvariable('until')) / 24.0 / send_days)
    ::BIGINT) AS t(n)
  WHERE ever_subscribed
)
WHERE sent_at <= getvariable('until') AND sent_at < coalesce(unsubscribed_at, 'infinity')
"""

# A message is opened up to twice; people read within hours.
EMAIL_OPENS = """
SELECT message_id * 10 + n AS open_id, message_id, customer_id, opened_at,
  CASE WHEN chance('device', customer_id, message_id) < 0.6 THEN 'mobile' ELSE 'desktop' END
    AS device
FROM (
  SELECT message_id, customer_id, n,
    sent_at + days(0.001 - 0.25 * (1 + n) * ln(1 - chance('read', message_id, n))) AS opened_at
  FROM email_sends JOIN people USING (customer_id), range(0, 2) AS t(n)
  WHERE chance('open', message_id, n) < open_rate / (1 + 3 * n) AND sent_at < fades_at
)
WHERE opened_at <= getvariable('until')
"""

EMAIL_CLICKS = """
SELECT open_id * 10 AS click_id, message_id, customer_id, clicked_at,
  '/product/sku-' || (1 + floor(60 * chance('link', open_id, 0))::INT) AS link
FROM (
  SELECT open_id, message_id, customer_id,
    opened_at + days(0.0001 + 0.01 * chance('click', open_id, 1)) AS clicked_at
  FROM email_opens JOIN people USING (customer_id)
  WHERE chance('click', open_id, 0) < click_rate
)
WHERE clicked_at <= getvariable('until')
"""

EMAIL_INTERACTIONS = """
SELECT open_id * 10 + 1 AS interaction_id, message_id, customer_id,
  opened_at + days(0.0002) AS occurred_at,
  CASE WHEN chance('interact', open_id, 1) < 0.6 THEN 'forward' ELSE 'reply' END AS kind
FROM email_opens JOIN people USING (customer_id)
WHERE chance('interact', open_id, 0) < click_rate / 8
  AND opened_at + days(0.0002) <= getvariable('until')
"""

UNSUBSCRIBES = """
SELECT customer_id AS unsubscribe_id, customer_id, unsubscribed_at,
  ['too_many', 'not_relevant', 'never_asked']
    [1 + floor(3 * chance('why', customer_id, 0))::INT] AS reason
FROM people WHERE unsubscribed_at IS NOT NULL ORDER BY customer_id
"""

# A visit is one to five pages, two minutes apart.
PAGE_VIEWS = """
SELECT visit * 10 + step AS view_id, customer_id, viewed_at, page,
  CASE page
    WHEN 'home' THEN '/'
    WHEN 'product' THEN '/product/sku-' || sku
    WHEN 'feature' THEN '/features/' || ['segments', 'tests', 'scores'][1 + sku % 3]
    WHEN 'documentation' THEN '/docs/' || ['start', 'catalog', 'rules', 'faq'][1 + sku % 4]
    WHEN 'blog' THEN '/blog/' || sku ELSE '/' || page END AS path,
  CASE page WHEN 'product' THEN ['books', 'games', 'garden', 'kitchen', 'music', 'sport']
    [1 + sku % 6] END AS category,
  CASE page WHEN 'product' THEN 'sku-' || sku END AS sku,
  (3 + (CASE page WHEN 'product' THEN 150 WHEN 'documentation' THEN 240 ELSE 45 END)
    * pow(chance('stay', visit, step), 2))::INT AS seconds
FROM (
  SELECT customer_id, visit, step, starts_at + days(step * 0.0014) AS viewed_at,
    1 + floor(60 * chance('sku', visit, step))::INT AS sku,
    CASE persona
      WHEN 'browser' THEN ['pricing', 'product', 'product', 'product', 'feature']
      WHEN 'engaged' THEN ['home', 'product', 'blog', 'feature', 'documentation', 'documentation']
      WHEN 'loyal' THEN ['home', 'product', 'product', 'feature', 'documentation']
      ELSE ['home', 'home', 'product', 'blog', 'pricing', 'feature', 'documentation'] END AS pages,
    pages[1 + floor(len(pages) * chance('page', visit, step))::INT] AS page
  FROM (
    SELECT customer_id, persona, fades_at, customer_id * 10000 + n AS visit,
      begins_at + days(visit_days * (n + chance('visit', customer_id, n))) AS starts_at
    FROM people, range(0, ceil(date_diff('hour', begins_at, getvariable('until')) / 24.0
      / visit_days)::BIGINT) AS t(n)
  ), range(0, 5) AS s(step)
  WHERE step <= 5 * chance('depth', visit, 0) AND starts_at < fades_at
)
WHERE viewed_at <= getvariable('until')
"""

CART_ADDS = """
SELECT customer_id * 10000 + n AS cart_add_id, customer_id, added_at, 'sku-' || sku AS sku,
  ['books', 'games', 'garden', 'kitchen', 'music', 'sport'][1 + sku % 6] AS category,
  (4 + sku * 1.37 + (sku % 7) * 5.9)::DECIMAL(10, 2) AS price,
  (1 + floor(2.5 * pow(chance('quantity', customer_id, n), 2)))::INT AS quantity
FROM (
  SELECT customer_id, n, fades_at, 1 + floor(60 * chance('cart', customer_id, n))::INT AS sku,
    CASE WHEN persona = 'one_off' THEN later(begins_at, chance('added', customer_id, n))
      ELSE begins_at + days(cart_days * (n + chance('added', customer_id, n))) END AS added_at
  FROM people, range(0, CASE WHEN persona = 'one_off' THEN 1 ELSE
    ceil(date_diff('hour', begins_at, getvariable('until')) / 24.0 / cart_days)::BIGINT END)
    AS t(n)
)
WHERE added_at <= getvariable('until') AND added_at < fades_at
"""

# What is put in the cart is bought within the hour, or after days, or not at all.
PURCHASES = """
SELECT cart_add_id AS order_id, customer_id, purchased_at, sku, category, quantity,
  (price * quantity)::DECIMAL(10, 2) AS amount
FROM (
  SELECT *, added_at + days(CASE WHEN chance('slow', cart_add_id, 0) < 0.85
    THEN 0.002 + 0.04 * chance('slow', cart_add_id, 1)
    ELSE 1.2 + 4 * chance('slow', cart_add_id, 1) END) AS purchased_at
  FROM cart_adds JOIN people USING (customer_id)
  WHERE chance('buy', cart_add_id, 0) < buy_rate
)
WHERE purchased_at <= getvariable('until')
"""

SUPPORT_TICKETS = """
SELECT customer_id * 10 + n AS ticket_id, customer_id, created_at,
  ['delivery', 'invoice', 'product', 'account']
    [1 + floor(4 * chance('topic', customer_id, n))::INT] AS topic,
  CASE WHEN chance('rated', customer_id, n) < 0.75 THEN
    1 + least(9, floor(calm * 0.7 + 5 * chance('rated', customer_id, 10 + n)))::INT END
    AS satisfaction
FROM (
  SELECT customer_id, n, calm, later(begins_at, chance('ticket', customer_id, n)) AS created_at
  FROM people, range(0, 4) AS t(n) WHERE n < tickets * 2 * chance('tickets', customer_id, 0) - 0.5
)
"""

NPS_ANSWERS = """
SELECT customer_id * 10 + n AS answer_id, customer_id, answered_at,
  least(10, floor(calm + 5 * chance('nps', customer_id, 20 + n)))::INT AS score
FROM (
  SELECT customer_id, n, calm, later(begins_at, chance('nps', customer_id, n)) AS answered_at
  FROM people, range(0, 2) AS t(n) WHERE chance('nps', customer_id, 10 + n) < 0.45
)
"""

REFERRALS = """
SELECT customer_id * 10 + n AS referral_id, customer_id, referred_at,
  chance('converted', customer_id, n) < 0.4 AS converted
FROM (
  SELECT customer_id, n, later(begins_at, chance('referral', customer_id, n)) AS referred_at
  FROM people, range(0, 5) AS t(n)
  WHERE n < CASE persona WHEN 'loyal' THEN 6 WHEN 'engaged' THEN 2.5 ELSE 0.3 END
    * chance('referrals', customer_id, 0) - 0.2
)
"""

SOCIAL_MENTIONS = """
SELECT customer_id * 10 + n AS mention_id, customer_id, mentioned_at,
  ['mastodon', 'bluesky', 'instagram'][1 + floor(3 * chance('network', customer_id, n))::INT]
    AS network,
  round(greatest(-1, least(1, (calm - 4) / 4.0 + chance('mood', customer_id, n) - 0.5)), 3)::DOUBLE
    AS sentiment
FROM (
  SELECT customer_id, n, calm, later(begins_at, chance('mention', customer_id, n)) AS mentioned_at
  FROM people, range(0, 4) AS t(n)
  WHERE n < CASE persona WHEN 'loyal' THEN 5 WHEN 'engaged' THEN 2 WHEN 'lapsing' THEN 1.5
    ELSE 0.6 END * chance('mentions', customer_id, 0) - 0.3
)
"""

ACCOUNT_EVENTS = """
SELECT customer_id * 10 + n AS account_event_id, customer_id, occurred_at,
  ['demo_request', 'feature_use', 'feature_use', 'subscription_upgrade', 'subscription_cancel']
    [1 + floor((CASE persona WHEN 'lapsing' THEN 5 ELSE 4.2 END)
      * chance('account', customer_id, 10 + n))::INT] AS kind
FROM (
  SELECT customer_id, persona, n, later(begins_at, chance('account', customer_id, n)) AS occurred_at
  FROM people, range(0, 4) AS t(n) WHERE n < 4 * chance('account', customer_id, 20) - 0.8
)
"""

# In this order: later tables are made from earlier ones.
TABLES = {
    "customers": CUSTOMERS,
    "email_sends": EMAIL_SENDS,
    "email_opens": EMAIL_OPENS,
    "email_clicks": EMAIL_CLICKS,
    "email_interactions": EMAIL_INTERACTIONS,
    "unsubscribes": UNSUBSCRIBES,
    "page_views": PAGE_VIEWS,
    "cart_adds": CART_ADDS,
    "purchases": PURCHASES,
    "support_tickets": SUPPORT_TICKETS,
    "nps_answers": NPS_ANSWERS,
    "referrals": REFERRALS,
    "social_mentions": SOCIAL_MENTIONS,
    "account_events": ACCOUNT_EVENTS,
}
