import { stopAll } from '@murmur/testkit';
import { ids, idsOf, startHouse, walkPages, type House, type Person } from './support/house.js';

describe('an author with more followers than fan-out serves', () => {
  let house: House;
  let star: Person;
  let fan: Person;
  let friend: Person;
  beforeAll(async () => {
    house = await startHouse({ materialiseFollowersMax: 2 });
    star = await house.person('star');
    friend = await house.person('friend');
    fan = await house.person('fan');
    const fans = [fan, await house.person('fan2'), await house.person('fan3')];
    for (const each of fans) await house.follow(each, star);
    await house.follow(fan, friend);
  });
  afterAll(stopAll);

  it('is merged into homes at read time, in order, and across pages', async () => {
    const home = async (query = ''): Promise<string[]> =>
      idsOf(await house.get(`/api/v1/timelines/home${query}`, fan.token));
    expect(await home()).toEqual([]);
    const statuses = [];
    for (let i = 0; i < 12; i++) {
      statuses.push(await house.post(friend, `friend ${i}`));
      // Nobody appends these to a home, and they are not even in MySQL yet.
      statuses.push(await house.post(star, `star ${i}`, { fannedOut: false, persisted: i % 2 === 0 }));
    }
    const expected = ids(statuses.reverse());
    expect(await home('?limit=40')).toEqual(expected);
    expect(await walkPages(house, '/api/v1/timelines/home?limit=5', fan.token)).toEqual(expected);
    expect(await home(`?limit=3&min_id=${expected[9]}`)).toEqual(expected.slice(6, 9));
  });
});
